/** Measures durations by the time in which this process ran, so that delays of a busy observer do not count. */

import type { Clock } from "../core/system/clock.ts";
import { systemClock } from "./clock.ts";

/** Milliseconds of one slice of the wait. */
const SLICE_MS = 2;
/** Maximum milliseconds that a slice counts: a longer one was spent on other work, or waiting for a processor. */
const MOST_MS = 2 * SLICE_MS;

/** A value, and the milliseconds for which this process waited for it while it ran. */
export interface TimedRunning<T> {
  readonly value: T;
  readonly ranMs: number;
}

/** Waits for a value, and counts the time in which this process could have received it. */
export async function timeRunning<T>(
  work: Promise<T>,
  clock: Pick<Clock, "monotonic" | "sleep"> = systemClock,
): Promise<TimedRunning<T>> {
  const ended = new AbortController();
  const waiting = { ranMs: 0, atMs: clock.monotonic() };
  const count = (): void => {
    const nowMs = clock.monotonic();
    waiting.ranMs += Math.min(nowMs - waiting.atMs, MOST_MS);
    waiting.atMs = nowMs;
  };
  async function countSlices(): Promise<void> {
    while (!ended.signal.aborted) {
      await clock.sleep(SLICE_MS, ended.signal);
      count();
    }
  }
  const counting = countSlices().catch(() => undefined);
  try {
    const value = await work;
    count();
    return { value, ranMs: waiting.ranMs };
  } finally {
    ended.abort();
    await counting;
  }
}
