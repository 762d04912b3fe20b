/**
 * How long a request waits from its arrival until the node reads it. A node that is stopped, starved or blocked does not see
 * requests arrive, and what its handlers measure begins too late. A request that arrives at a random moment of a stall of
 * length g waits for the rest of it, so of an observed time T the share Σ max(0, g − x) / T belongs to arrivals that wait
 * longer than x. This is kept as a histogram in which each millisecond of time counts as one observation.
 */

import type { LoopTick } from "./event-loop.ts";
import { histogramLines } from "./histogram-lines.ts";

/**
 * Twelve bounds per factor of ten: a quantile that is read from them is at most 10 % too large. Without the first, one of a node
 * that never stalls would be read as somewhat below 10 ms.
 */
const BOUNDS_SECONDS: readonly number[] = [
  0, 0.01, 0.012, 0.015, 0.018, 0.022, 0.027, 0.033, 0.039, 0.047, 0.056, 0.068, 0.082, 0.1, 0.12, 0.15, 0.18, 0.22,
  0.27, 0.33, 0.39, 0.47, 0.56, 0.68, 0.82, 1, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2, 10,
];

/** The waits of all moments since the start. */
export class ArrivalWaits {
  #observedMs = 0;
  /** Σ over moments, in milliseconds squared. */
  #waitedMs2 = 0;
  /** Milliseconds in which an arrival waited longer than the bound at that place. */
  readonly #longerMs = new Float64Array(BOUNDS_SECONDS.length);

  /** Adds the time since the timer fired before. */
  observe({ elapsedMs, stallMs }: LoopTick): void {
    this.#observedMs += elapsedMs;
    if (stallMs === 0) return;
    this.#waitedMs2 += stallMs ** 2 / 2;
    for (const [index, bound] of BOUNDS_SECONDS.entries()) {
      const longerMs = stallMs - bound * 1000;
      if (longerMs <= 0) return;
      this.#longerMs[index] = (this.#longerMs[index] ?? 0) + longerMs;
    }
  }

  /** Its lines in the Prometheus text format. */
  exposition(): string {
    const observed = Math.floor(this.#observedMs);
    const withoutLonger = Array.from(this.#longerMs, (longerMs) => Math.floor(this.#observedMs - longerMs));
    return histogramLines({
      name: "ratelimiter_arrival_wait_seconds",
      help: "Time from the arrival of a request until the node reads it, estimated; one observation per millisecond of time",
      bounds: BOUNDS_SECONDS,
      cumulative: [...withoutLonger, observed],
      sumSeconds: this.#waitedMs2 / 1000,
    });
  }
}
