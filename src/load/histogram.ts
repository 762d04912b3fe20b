/** Latencies in logarithmic buckets with linear steps inside, as in HdrHistogram: cheap to record, mergeable, never off by more than 1 in 128. */

import type { HistogramRow } from "../core/subject/load-report.ts";

/** Steps per doubling; a value is known to one part in this many. */
const STEPS = 128;
const STEP_BITS = 7;

/** Microseconds; what lies above (71 minutes) counts as this. */
const LARGEST_US = 0xffff_ffff;

/** Distribution of latencies, to the microsecond below 256 µs and to 0.8 % above. */
export class Histogram {
  readonly #counts = new Float64Array(indexOf(LARGEST_US) + 1);
  #count = 0;
  #sumUs = 0;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  /** Milliseconds, to the microsecond. */
  get maxMs(): number {
    return this.#maxUs / 1000;
  }

  /** Milliseconds, to the microsecond. */
  get meanMs(): number {
    return this.#count === 0 ? 0 : Math.round(this.#sumUs / this.#count) / 1000;
  }

  /** Adds one latency; a negative one counts as none at all. */
  record(ms: number): void {
    const us = Math.min(Math.max(0, Math.round(ms * 1000)), LARGEST_US);
    const index = indexOf(us);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count += 1;
    this.#sumUs += us;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  /** Adds everything that another histogram holds. */
  merge(other: Histogram): void {
    for (const [index, count] of other.#counts.entries()) {
      if (count > 0) this.#counts[index] = (this.#counts[index] ?? 0) + count;
    }
    this.#count += other.#count;
    this.#sumUs += other.#sumUs;
    this.#maxUs = Math.max(this.#maxUs, other.#maxUs);
  }

  /** Milliseconds that the given share (0–1) of latencies does not exceed; 0 if there are none. */
  quantileMs(ratio: number): number {
    const rank = Math.max(1, Math.ceil(ratio * this.#count));
    let seen = 0;
    for (const [index, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank) return Math.min(lastUs(index), this.#maxUs) / 1000;
    }
    return 0;
  }

  /** One row for each doubling, from the first that holds something to the last. */
  rows(): readonly HistogramRow[] {
    const rows: HistogramRow[] = [];
    for (let from = 0; from < this.#counts.length; from += STEPS) {
      const count = this.#counts.subarray(from, from + STEPS).reduce((sum, each) => sum + each, 0);
      rows.push({ fromMs: firstUs(from) / 1000, toMs: firstUs(from + STEPS) / 1000, count });
    }
    const filled = rows.map(({ count }) => count > 0);
    return rows.slice(Math.max(0, filled.indexOf(true)), filled.lastIndexOf(true) + 1);
  }
}

/** Bucket of a whole number of microseconds: exact below two times {@linkcode STEPS}, then `STEPS` buckets for each doubling. */
function indexOf(us: number): number {
  const shift = Math.max(0, 31 - Math.clz32(us) - STEP_BITS);
  return shift * STEPS + (us >>> shift);
}

function firstUs(index: number): number {
  const shift = Math.max(0, Math.floor(index / STEPS) - 1);
  return (index - shift * STEPS) * 2 ** shift;
}

function lastUs(index: number): number {
  return firstUs(index + 1) - 1;
}
