/** The log of one component: its newest lines and those to come, across rotation. */

import { closeSync, constants, fstatSync } from "node:fs";
import { beginningOf } from "../../../core/text/plain.ts";
import { lineRedactor } from "../../../core/text/redaction.ts";
import { systemClock } from "../../../io/clock.ts";
import { hasCode } from "../../../io/files/file.ts";
import { openPrivate } from "../../../io/files/private.ts";
import { LONGEST_LINE, readLines } from "../../../io/lines.ts";
import type { LogsOptions } from "../../deployment.ts";
import { olderLog } from "./log-rotation.ts";
import { readAt } from "./read-at.ts";

/** Bytes from the end in which the newest lines are looked for, and that are read at once. */
const TAIL_BYTES = 8 << 20;

/** Reads lines without secrets, oldest first; with `follow` it ends without an error when the signal aborts. */
export async function* readLog(path: string, { limit = 1000, follow, signal }: LogsOptions): AsyncGenerator<string> {
  const redact = lineRedactor();
  const { bytes, place } = readTail(path);
  // The beginning of an unfinished line is kept for its continuation.
  const unfinished = follow ? bytes.subarray(bytes.lastIndexOf("\n") + 1) : Buffer.alloc(0);
  const lines = bytes
    .subarray(0, bytes.length - unfinished.length)
    .toString("utf8")
    .split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines.slice(Math.max(0, lines.length - limit))) {
    const clean = redact(beginningOf(line, LONGEST_LINE));
    if (clean !== undefined) yield clean;
  }
  if (!follow) return;
  for await (const line of readLines(growth(path, { unfinished, place, signal }))) {
    const clean = redact(line);
    if (clean !== undefined) yield clean;
  }
}

/** Position up to which a log was read. */
interface Place {
  readonly at: number;
  /** Identity of the older part; a change means that the log was rotated. */
  readonly older: string;
}

/** The end of a log, including its older part if the current one is short. */
function readTail(path: string): { readonly bytes: Buffer; readonly place: Place } {
  for (;;) {
    const before = readFrom(olderLog(path), (size) => Math.max(0, size - TAIL_BYTES));
    const now = readFrom(path, (size) => Math.max(0, size - TAIL_BYTES));
    if (readFrom(olderLog(path), (size) => size).identity !== before.identity) continue; // rotated meanwhile
    const older = now.start > 0 ? Buffer.alloc(0) : before.bytes;
    return { bytes: Buffer.concat([older, now.bytes]), place: { at: now.end, older: before.identity } };
  }
}

interface GrowthOptions {
  /** Bytes of an unfinished line that were read already. */
  readonly unfinished: Buffer;
  readonly place: Place;
  readonly signal: AbortSignal;
}

/** What is appended after a position. */
async function* growth(path: string, { unfinished, place, signal }: GrowthOptions): AsyncGenerator<Uint8Array> {
  if (unfinished.length > 0) yield unfinished;
  let { at, older } = place;
  while (!signal.aborted) {
    const aside = readFrom(olderLog(path), () => at);
    if (aside.identity !== older) {
      yield aside.bytes;
      const isAll = aside.bytes.length < TAIL_BYTES;
      [at, older] = isAll ? [0, aside.identity] : [aside.end, older];
      continue;
    }
    const { bytes, size, end } = readFrom(path, () => at);
    if (bytes.length > 0) yield bytes;
    else if (size < at && !(await isPutAside(path, older, signal)))
      at = 0; // truncated
    else await systemClock.sleep(50, signal).catch(() => undefined);
    if (bytes.length > 0) at = end;
  }
}

/** A log is truncated shortly before its older part is renamed into place. */
async function isPutAside(path: string, older: string, signal: AbortSignal): Promise<boolean> {
  await systemClock.sleep(50, signal).catch(() => undefined);
  return readFrom(olderLog(path), (size) => size).identity !== older;
}

interface Piece {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly size: number;
  /** Empty where there is no file. */
  readonly identity: string;
}

/** Opened by name each time, since the file may have been replaced. */
function readFrom(path: string, startOf: (size: number) => number): Piece {
  const file = openThere(path);
  if (file === undefined) return { bytes: Buffer.alloc(0), start: 0, end: 0, size: 0, identity: "" };
  try {
    const { size, ino, mtimeMs } = fstatSync(file);
    const start = startOf(size);
    const bytes = readAt(file, start, Math.max(0, Math.min(size - start, TAIL_BYTES)));
    return { bytes, start, end: start + bytes.length, size, identity: `${ino} ${mtimeMs}` };
  } finally {
    closeSync(file);
  }
}

function openThere(path: string): number | undefined {
  try {
    return openPrivate(path, constants.O_RDONLY);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined; // not created yet, or truncated at any moment
    throw error;
  }
}
