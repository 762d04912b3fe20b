/** Units that one key was allowed, by time bucket, as long as the same rule decided them. */

import type { CheckRequest } from "../decide/decision.ts";

/** What distinguishes two series of one key. */
export type SeriesRule = Pick<CheckRequest, "limit" | "windowMs" | "algorithm"> & { readonly epochUs: number };

/** What was dropped at the front. */
interface Dropped {
  readonly buckets: number;
  readonly units: number;
}

const NOTHING: Dropped = { buckets: 0, units: 0 };
const COMPACT_AT = 64;

/** A growing list of buckets, oldest first, cut at the front. */
export class AdmissionRun {
  readonly rule: SeriesRule;
  /** Microseconds. */
  readonly bucketUs: number;
  /** Number and units of each bucket in turn, in one flat list for locality. */
  readonly #flat: number[] = [];
  /** Where in the list the oldest bucket is. */
  #first = 0;

  constructor(rule: SeriesRule) {
    this.rule = rule;
    this.bucketUs = bucketUsOf(rule.windowMs);
  }

  /** Number of buckets. */
  get size(): number {
    return (this.#flat.length - this.#first) / 2;
  }

  /** Microseconds at which the newest bucket ends. */
  get endUs(): number {
    return ((this.#flat.at(-2) ?? -1) + 1) * this.bucketUs;
  }

  /** Adds units to the bucket of that time, in any order; returns whether the bucket is new. */
  add(atUs: number, units: number): boolean {
    const flat = this.#flat;
    const number = Math.floor(atUs / this.bucketUs);
    let at = flat.length - 2;
    while (at >= this.#first && (flat[at] ?? 0) > number) at -= 2;
    if (at >= this.#first && flat[at] === number) {
      flat[at + 1] = (flat[at + 1] ?? 0) + units;
      return false;
    }
    if (at === flat.length - 2) flat.push(number, units);
    else flat.splice(at + 2, 0, number, units);
    return true;
  }

  /** Shifts all times by whole buckets, rounded up. */
  shift(byUs: number): void {
    const by = Math.ceil(byUs / this.bucketUs);
    for (let at = this.#first; at < this.#flat.length; at += 2) this.#flat[at] = (this.#flat[at] ?? 0) + by;
  }

  /** Drops buckets that ended before that time, at most `most`; returns buckets and units dropped. */
  cut(beforeUs: number, most: number): Dropped {
    if (!this.#isOver(beforeUs)) return NOTHING;
    const dropped = { buckets: 0, units: 0 };
    while (dropped.buckets < most && this.#isOver(beforeUs)) {
      dropped.buckets += 1;
      dropped.units += this.#flat[this.#first + 1] ?? 0;
      this.#first += 2;
    }
    if (this.#first > COMPACT_AT && this.#first > this.#flat.length / 2) {
      this.#flat.splice(0, this.#first);
      this.#first = 0;
    }
    return dropped;
  }

  /** Number and units of every bucket, oldest first. */
  buckets(): (readonly [bucket: number, units: number])[] {
    return Array.from({ length: this.size }, (_, index) => {
      const at = this.#first + index * 2;
      return [this.#flat[at] ?? 0, this.#flat[at + 1] ?? 0] as const;
    });
  }

  /** When each bucket that is at least partly inside the window leaves it, in microseconds, and its units. */
  leaving(nowUs: number, windowUs: number): (readonly [atUs: number, units: number])[] {
    const found: (readonly [atUs: number, units: number])[] = [];
    for (let at = this.#flat.length - 2; at >= this.#first; at -= 2) {
      const leavesUs = ((this.#flat[at] ?? 0) + 1) * this.bucketUs + windowUs;
      if (leavesUs <= nowUs) break;
      found.push([leavesUs, this.#flat[at + 1] ?? 0]);
    }
    return found.toReversed();
  }

  /** Whether the oldest bucket ended before that time. */
  #isOver(beforeUs: number): boolean {
    return this.#first < this.#flat.length && ((this.#flat[this.#first] ?? 0) + 1) * this.bucketUs <= beforeUs;
  }
}

/** Microseconds of one bucket: a hundredth of the window, at least ten milliseconds, and the same on every node. */
export function bucketUsOf(windowMs: number): number {
  return Math.max(10_000, windowMs * 10);
}

/** Microseconds for which a unit is kept: long enough for an observer to read it, and at least for the window. */
export function retentionUsOf(windowMs: number): number {
  if (windowMs > 600_000) return windowMs * 1050;
  return Math.max(windowMs * 2000, 30_000_000);
}
