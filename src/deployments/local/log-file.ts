/** The log of one component: its newest lines, and those to come. */

import { systemClock } from "../../io/clock.ts";
import { readLines } from "../../io/lines.ts";
import type { LogsOptions } from "../deployment.ts";

/** Bytes from the end in which the newest lines are looked for. */
const TAIL_BYTES = 8 << 20;

/** Reads lines, oldest first; with `follow` it ends, without an error, when the signal aborts. */
export async function* readLog(path: string, { limit = 1000, follow, signal }: LogsOptions): AsyncGenerator<string> {
  const { size } = Bun.file(path);
  const tail = Bun.file(path).slice(Math.max(0, size - TAIL_BYTES), size);
  const known = (await tail.text()).split("\n");
  const unfinished = known.pop() ?? "";
  yield* known.slice(Math.max(0, known.length - limit));
  if (!follow) {
    if (unfinished) yield unfinished;
    return;
  }
  yield* readLines(growth(path, size - Buffer.byteLength(unfinished), signal));
}

/** What is appended from an offset on. */
async function* growth(path: string, offset: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let at = offset;
  while (!signal.aborted) {
    const { size } = Bun.file(path);
    if (size < at) at = 0; // begun anew
    if (size > at) {
      yield await Bun.file(path).slice(at, size).bytes();
      at = size;
    }
    await systemClock.sleep(50, signal).catch(() => undefined);
  }
}
