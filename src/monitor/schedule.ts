/** When checkups are due: at exact multiples of the interval, never overlapping, never drifting, whatever the wall clock does. */

import type { Clock } from "../core/system/clock.ts";

/** One checkup that is due. */
export interface Tick {
  /** Epoch milliseconds at which it is due, counted by the steady clock from the first one. */
  readonly atMs: number;
  /** The wall clock has stepped since the tick before, so that times before and after cannot be compared. */
  readonly stepped: boolean;
}

/** How the ticks come. */
export interface Schedule {
  readonly intervalMs: number;
  /** Ends the ticks. */
  readonly signal: AbortSignal;
}

/** How far the wall clock may be off the steady one before it has stepped; a slewed clock takes hours for it. */
const STEP_MS = 1000;

/** Ticks, the first at once. While the consumer works none is made up: what was missed is left out. */
export async function* ticks(clock: Clock, { intervalMs, signal }: Schedule): AsyncGenerator<Tick, void, void> {
  const origin = clock.monotonic();
  let offsetMs = clock.now() - origin;
  for (let count = 0; ; count = nextCount(count, (clock.monotonic() - origin) / intervalMs)) {
    const due = origin + count * intervalMs;
    if (!(await slept(clock, due - clock.monotonic(), signal))) return;
    const seenMs = clock.now() - clock.monotonic();
    const stepped = Math.abs(seenMs - offsetMs) > STEP_MS;
    if (stepped) offsetMs = seenMs;
    yield { atMs: Math.round(due + offsetMs), stepped };
  }
}

/** The next whole count that still lies ahead. */
function nextCount(count: number, passed: number): number {
  return Math.max(count + 1, Math.ceil(passed));
}

async function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  if (ms <= 0) return true;
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
