/** How long a counter still lives, beside the window that it counts in: what its own header says, whatever is enforced by now. */

import type { ComponentId } from "../../../core/words/ids.ts";

/** One counter in Redis. */
export interface CounterLife {
  /** Milliseconds that it still lives: -1 for ever, -2 where there is none. */
  readonly lifeMs: number;
  /** Milliseconds of its window; 0 where there is no counter. */
  readonly windowMs: number;
  /** The primary of a Cluster that keeps it. */
  readonly primary?: ComponentId;
}

/** Nothing in Redis. */
export const NO_COUNTER: CounterLife = { lifeMs: -2, windowMs: 0 };

/** Bytes at the start of a counter that hold its kind, its limit and its window. */
const HEADER_BYTES = 13;

/** Of what the limiter takes, 31 days. */
const LONGEST_WINDOW_MS = 31 * 86_400_000;

/** Kind and limit come before the window. */
const WINDOW_AT = 5;

/** The window that a counter's first bytes tell; 0 where they tell none. */
export function windowMsOf(header: Buffer): number {
  const windowMs = header.length < HEADER_BYTES ? 0 : header.readDoubleLE(WINDOW_AT) / 1000;
  return windowMs > 0 && windowMs <= LONGEST_WINDOW_MS ? windowMs : 0;
}

/** Of a key's counters, one for each algorithm and window that ever decided, the one that outlives its window the most. */
export function longestOf(lives: readonly CounterLife[]): CounterLife {
  return lives.reduce((longest, life) => (excessMsOf(life) > excessMsOf(longest) ? life : longest), NO_COUNTER);
}

function excessMsOf({ lifeMs, windowMs }: CounterLife): number {
  if (lifeMs === -2) return Number.NEGATIVE_INFINITY;
  return lifeMs === -1 ? Number.POSITIVE_INFINITY : lifeMs - 2 * windowMs;
}
