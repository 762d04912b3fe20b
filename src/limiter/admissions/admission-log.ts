/** What this node admitted, per key and time bucket, bounded in memory: evidence for observers, and the basis for decisions without Redis. */

import type { CheckRequest } from "../decide/decision.ts";
import { Evictions } from "../decide/evictions.ts";
import type { AdmissionPage, AdmissionQuestion } from "./admissions.ts";
import { KeyAdmissions, type Leaving, type Told } from "./key-admissions.ts";
import { TopList } from "./top-list.ts";

/** How much is kept, and for how long. */
export interface AdmissionBounds {
  /** Redis time in microseconds by the primary of a key. @default {that of the last addition} */
  readonly nowUsOf?: (key: string) => number;
  /** @default {100_000} */
  readonly maxKeys?: number;
  /** Buckets of all keys together. @default {1_000_000} */
  readonly maxBuckets?: number;
}

/** Keys examined per eviction: few at once, so that no check waits. */
const LOOKED_AT = 64;
/** When a bound is reached, keys up to this multiple of the mean weight are dropped: at least a third of all keys. */
const LIGHT_RATIO = 1.5;
/** Share of a page reserved for keys with a small limit, which the heaviest keys would hide. */
const FULLEST_RATIO = 0.25;
/** Microseconds for which a page says that keys were dropped. */
const EVICTION_TOLD_US = 3_600_000_000;
/** New buckets per examined key, so that idle keys are dropped without a pause. */
const SWEPT_EVERY = 4;

/** Admissions of one node. Times are Redis time in microseconds, as far as the node knows it. */
export class AdmissionLog {
  readonly #keys = new Map<string, KeyAdmissions>();
  readonly #maxKeys: number;
  readonly #maxBuckets: number;
  #buckets = 0;
  /** Units of all keys together. */
  #weight = 0;
  #begun = 0;
  #sweep: MapIterator<KeyAdmissions> = this.#keys.values();
  readonly #evictions = new Evictions();
  readonly #nowUsOf: ((key: string) => number) | undefined;

  constructor({ maxKeys = 100_000, maxBuckets = 1_000_000, nowUsOf }: AdmissionBounds = {}) {
    this.#nowUsOf = nowUsOf;
    this.#maxKeys = maxKeys;
    this.#maxBuckets = maxBuckets;
  }

  /** Number of keys. */
  get size(): number {
    return this.#keys.size;
  }

  /** Adds an admission; returns the admissions of its key. */
  add(request: CheckRequest, epochUs: number, atUs: number): KeyAdmissions {
    let admissions = this.#keys.get(request.key);
    if (!admissions) {
      admissions = new KeyAdmissions(request);
      this.#keys.set(request.key, admissions);
    }
    const { size, weight } = admissions;
    admissions.add(request, epochUs, atUs);
    this.#weight += admissions.weight - weight;
    if (admissions.size === size) return admissions;
    this.#buckets += admissions.size - size;
    this.#sweepOne(atUs);
    if (this.#isOver()) this.#evict(atUs);
    return admissions;
  }

  /** The count that Redis returned when it last admitted such a check. */
  toldOf(request: CheckRequest): Told | undefined {
    return this.#keys.get(request.key)?.toldOf(request);
  }

  /** The epoch that the request's rule was last decided in. */
  epochOf(request: CheckRequest): number {
    return this.#keys.get(request.key)?.epochOf(request) ?? 0;
  }

  /** Units that a window ending now holds at most, in the order in which they leave it. A dropped key may have had as many as any other dropped key. */
  leaving(key: string, { windowUs, nowUs }: { readonly windowUs: number; readonly nowUs: number }): Leaving[] {
    const known = this.#keys.get(key);
    if (known) return known.leaving(nowUs, windowUs);
    return this.#evictions.leaving(nowUs, windowUs);
  }

  /** The check that was last admitted for the key. */
  last(key: string): CheckRequest | undefined {
    return this.#keys.get(key)?.last;
  }

  /** Keys with the prefix, in the order in which they were first seen. */
  keys(prefix: string): string[] {
    return [...this.#keys.keys()].filter((key) => key.startsWith(prefix));
  }

  /** What was admitted for the key before does not count any more. */
  reset(key: string): void {
    this.#keys.get(key)?.reset();
  }

  /** Shifts all times, because the earlier ones were not Redis time. */
  shift(byUs: number): void {
    for (const admissions of this.#keys.values()) admissions.shift(byUs);
    this.#evictions.shift(byUs);
  }

  /** The series of the named keys and of the most conspicuous ones. With a limit of 0, only named keys are examined. */
  page({ keys, limit }: AdmissionQuestion, redisTimeUs: number | undefined): AdmissionPage {
    const nowUs = redisTimeUs ?? Number.NEGATIVE_INFINITY;
    const named = new Set(keys);
    const others = limit > 0 ? this.#conspicuous(limit, named, nowUs) : [];
    const shown = [...named, ...others].flatMap((key) => {
      const admissions = this.#keys.get(key);
      if (admissions) this.#cut(key, admissions, nowUs);
      return admissions && admissions.size > 0 ? [admissions] : [];
    });
    const forgotten = this.#evictions.lastUs > nowUs - EVICTION_TOLD_US || shown.some(({ isMixed }) => isMixed);
    return {
      redisTimeUs,
      series: shown.flatMap((admissions) => admissions.series()),
      truncated: forgotten || shown.length < this.#keys.size,
      forgotten,
    };
  }

  /**
   * Among the keys not named, those that took most of their own limit and those that took most overall, in one short
   * pass:
   * their weights may still include buckets that have just expired.
   */
  #conspicuous(limit: number, named: ReadonlySet<string>, nowUs: number): readonly string[] {
    const fullest = new TopList(Math.floor(limit * FULLEST_RATIO));
    const heaviest = new TopList(limit);
    for (const [key, admissions] of this.#keys) {
      const { weight } = admissions;
      const share = weight / admissions.last.limit;
      if (named.has(key) || !(heaviest.wants(weight) || fullest.wants(share))) continue;
      if (admissions.isOver(nowUs)) {
        this.#cut(key, admissions, nowUs);
        continue;
      }
      heaviest.add(key, weight);
      fullest.add(key, share);
    }
    return [...new Set([...fullest.names(), ...heaviest.names()])].slice(0, limit);
  }

  #sweepOne(nowUs: number): void {
    this.#begun += 1;
    if (this.#begun % SWEPT_EVERY > 0) return;
    const next = this.#next();
    if (next) this.#cut(next.last.key, next, nowUs);
  }

  /** The next key of an endless round; `undefined` when a round ends. */
  #next(): KeyAdmissions | undefined {
    const { done, value } = this.#sweep.next();
    if (!done) return value;
    this.#sweep = this.#keys.values();
    return undefined;
  }

  /** Drops buckets that have expired at that time, by the clock of the key's primary. */
  #cut(key: string, admissions: KeyAdmissions, nowUs: number): void {
    const { size, weight } = admissions;
    const isKnown = nowUs > Number.NEGATIVE_INFINITY;
    admissions.cut(isKnown ? (this.#nowUsOf?.(key) ?? nowUs) : nowUs, Number.POSITIVE_INFINITY);
    this.#buckets += admissions.size - size;
    this.#weight += admissions.weight - weight;
    if (admissions.size === 0) this.#keys.delete(key);
  }

  /** Drops light keys among the next ones until the bounds are met. */
  #evict(nowUs: number): void {
    for (let looked = 0; looked < LOOKED_AT && this.#isOver(); looked++) {
      const next = this.#next();
      if (!next || next.weight > (LIGHT_RATIO * this.#weight) / this.#keys.size) continue;
      this.#keys.delete(next.last.key);
      this.#buckets -= next.size;
      this.#weight -= next.weight;
      this.#evictions.add(nowUs, next.weight);
    }
  }

  #isOver(): boolean {
    return this.#keys.size > this.#maxKeys || this.#buckets > this.#maxBuckets;
  }
}
