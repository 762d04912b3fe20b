/** Units that one key was allowed, by time bucket, as long as the same rule decided them. */

import type { CheckRequest } from "./decision.ts";

/** What makes two series of one key unlike. */
export type SeriesRule = Pick<CheckRequest, "limit" | "windowMs" | "algorithm"> & { readonly epochUs: number };

const COMPACT_AT = 64;

/** A growing list of buckets, oldest first, cut at the front. */
export class AdmissionRun {
  readonly rule: SeriesRule;
  /** Microseconds. */
  readonly bucketUs: number;
  readonly #numbers: number[] = [];
  readonly #units: number[] = [];
  #first = 0;

  constructor(rule: SeriesRule) {
    this.rule = rule;
    this.bucketUs = bucketUsOf(rule.windowMs);
  }

  /** Number of buckets. */
  get size(): number {
    return this.#numbers.length - this.#first;
  }

  /** Microseconds at which the newest bucket ends. */
  get endUs(): number {
    return ((this.#numbers.at(-1) ?? -1) + 1) * this.bucketUs;
  }

  /** Adds units; answers whether a bucket was begun. Time that runs back stays in the newest bucket. */
  add(atUs: number, units: number): boolean {
    const number = Math.floor(atUs / this.bucketUs);
    const last = this.#numbers.length - 1;
    const newest = this.#numbers[last];
    if (newest !== undefined && newest >= number && last >= this.#first) {
      this.#units[last] = (this.#units[last] ?? 0) + units;
      return false;
    }
    this.#numbers.push(number);
    this.#units.push(units);
    return true;
  }

  /** Moves all times, by whole buckets and rather too late than too early. */
  shift(byUs: number): void {
    const by = Math.ceil(byUs / this.bucketUs);
    for (let at = this.#first; at < this.#numbers.length; at++) this.#numbers[at] = (this.#numbers[at] ?? 0) + by;
  }

  /** Drops what ended before that time, a few buckets at most; answers buckets and units dropped. */
  cut(beforeUs: number, most: number): { buckets: number; units: number } {
    const dropped = { buckets: 0, units: 0 };
    while (dropped.buckets < most && this.size > 0) {
      if (((this.#numbers[this.#first] ?? 0) + 1) * this.bucketUs > beforeUs) break;
      dropped.buckets += 1;
      dropped.units += this.#units[this.#first] ?? 0;
      this.#first += 1;
    }
    if (this.#first > COMPACT_AT && this.#first > this.size) {
      this.#numbers.splice(0, this.#first);
      this.#units.splice(0, this.#first);
      this.#first = 0;
    }
    return dropped;
  }

  /** Number and units of every bucket, oldest first. */
  buckets(): (readonly [bucket: number, units: number])[] {
    return this.#numbers.slice(this.#first).map((number, at) => [number, this.#units[this.#first + at] ?? 0] as const);
  }

  /** When each bucket that is at least partly inside the window leaves it, in microseconds, and its units. */
  leaving(nowUs: number, windowUs: number): (readonly [atUs: number, units: number])[] {
    const found: (readonly [atUs: number, units: number])[] = [];
    for (let at = this.#numbers.length - 1; at >= this.#first; at--) {
      const leavesUs = ((this.#numbers[at] ?? 0) + 1) * this.bucketUs + windowUs;
      if (leavesUs <= nowUs) break;
      found.push([leavesUs, this.#units[at] ?? 0]);
    }
    return found.toReversed();
  }
}

/** Microseconds of one bucket: a hundredth of the window, at least ten milliseconds, and the same on every node. */
export function bucketUsOf(windowMs: number): number {
  return Math.max(10_000, windowMs * 10);
}

/** Microseconds that a unit is kept: long enough for an observer to come by, and for the window at the least. */
export function retentionUsOf(windowMs: number): number {
  if (windowMs > 600_000) return windowMs * 1050;
  return Math.max(windowMs * 2000, 30_000_000);
}
