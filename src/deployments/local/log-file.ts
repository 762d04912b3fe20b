/** The log of one component: its newest lines, and those to come. */

import { closeSync, constants, existsSync, fstatSync, readSync } from "node:fs";
import { systemClock } from "../../io/clock.ts";
import { readLines } from "../../io/lines.ts";
import { openPrivate } from "../../io/private.ts";
import type { LogsOptions } from "../deployment.ts";

/** Bytes from the end in which the newest lines are looked for, and that are read at once. */
const TAIL_BYTES = 8 << 20;

/** Reads lines, oldest first; with `follow` it ends, without an error, when the signal aborts. */
export async function* readLog(path: string, { limit = 1000, follow, signal }: LogsOptions): AsyncGenerator<string> {
  const { bytes, end } = readFrom(path, (size) => Math.max(0, size - TAIL_BYTES));
  const known = bytes.toString("utf8").split("\n");
  const unfinished = known.pop() ?? "";
  yield* known.slice(Math.max(0, known.length - limit));
  if (!follow) {
    if (unfinished) yield unfinished;
    return;
  }
  yield* readLines(growth(path, end - Buffer.byteLength(unfinished), signal));
}

/** What is appended from an offset on. */
async function* growth(path: string, offset: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let at = offset;
  while (!signal.aborted) {
    const { bytes, end } = readFrom(path, (size) => (size < at ? 0 : at)); // begun anew
    at = end;
    if (bytes.length > 0) yield bytes;
    else await systemClock.sleep(50, signal).catch(() => undefined);
  }
}

/** Opened by its name each time, for it may have been begun anew. */
function readFrom(path: string, startOf: (size: number) => number): { readonly bytes: Buffer; readonly end: number } {
  if (!existsSync(path)) return { bytes: Buffer.alloc(0), end: 0 }; // not begun, or begun anew at any moment
  const file = openPrivate(path, constants.O_RDONLY);
  try {
    const { size } = fstatSync(file);
    const start = startOf(size);
    const bytes = Buffer.alloc(Math.min(size - start, TAIL_BYTES));
    const length = readSync(file, bytes, 0, bytes.length, start);
    return { bytes: bytes.subarray(0, length), end: start + length };
  } finally {
    closeSync(file);
  }
}
