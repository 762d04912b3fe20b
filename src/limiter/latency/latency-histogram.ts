/** A histogram for the hot path: an observation costs two additions, and text is made only for a scrape. */

import { histogramLines } from "./histogram-lines.ts";

/** Upper bounds in seconds, from a cached denial to a time-out. */
const BOUNDS_SECONDS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
] as const;

/** Durations, without labels. */
export class LatencyHistogram {
  readonly #name: string;
  readonly #help: string;
  readonly #counts = new Float64Array(BOUNDS_SECONDS.length + 1);
  #sumMs = 0;

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  /** Counts one duration in milliseconds. */
  observe(durationMs: number): void {
    let bucket = 0;
    while (durationMs > (BOUNDS_SECONDS[bucket] ?? Number.POSITIVE_INFINITY) * 1000) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sumMs += durationMs;
  }

  /** Its lines in the Prometheus text format. */
  exposition(): string {
    let count = 0;
    const cumulative = Array.from(this.#counts, (own) => (count += own));
    const figures = { name: this.#name, help: this.#help, bounds: BOUNDS_SECONDS, cumulative };
    return histogramLines({ ...figures, sumSeconds: this.#sumMs / 1000 });
  }
}
