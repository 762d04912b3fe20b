/** The remaining life of a counter and its window, from its own header, regardless of what is enforced now. */

import type { ComponentId } from "../../../core/words/ids.ts";

/** One counter in Redis. */
export interface CounterLife {
  /** Milliseconds until it expires: -1 without expiry, -2 if there is no counter. */
  readonly lifeMs: number;
  /** Milliseconds of its window; 0 where there is no counter. */
  readonly windowMs: number;
  /** The primary of a Cluster that holds it. */
  readonly primary?: ComponentId;
}

/** A key without a counter in Redis. */
export const NO_COUNTER: CounterLife = { lifeMs: -2, windowMs: 0 };

/** Bytes at the start of a counter that hold its kind, its limit and its window. */
const HEADER_BYTES = 13;

/** Longest window that the limiter accepts, 31 days. */
const LONGEST_WINDOW_MS = 31 * 86_400_000;

/** Kind and limit come before the window. */
const WINDOW_AT = 5;

/** The window in the first bytes of a counter; 0 if there is none. */
export function windowMsOf(header: Buffer): number {
  const windowMs = header.length < HEADER_BYTES ? 0 : header.readDoubleLE(WINDOW_AT) / 1000;
  return windowMs > 0 && windowMs <= LONGEST_WINDOW_MS ? windowMs : 0;
}

/** Among a key's counters, one per algorithm and window, the one that outlives its window most. */
export function longestOf(lives: readonly CounterLife[]): CounterLife {
  return lives.reduce((longest, life) => (excessMsOf(life) > excessMsOf(longest) ? life : longest), NO_COUNTER);
}

function excessMsOf({ lifeMs, windowMs }: CounterLife): number {
  if (lifeMs === -2) return Number.NEGATIVE_INFINITY;
  return lifeMs === -1 ? Number.POSITIVE_INFINITY : lifeMs - 2 * windowMs;
}
