/** What a node has admitted alone: it counts against its share, and is reported to Redis afterwards. */

import type { Leaving } from "../../admissions/key-admissions.ts";
import type { CheckRequest } from "../decision.ts";
import { Evictions } from "../evictions.ts";
import { type TimedUnits, UnitRun } from "./unit-run.ts";

/** Units of one counter that were not reported to Redis yet. */
export interface AloneReport {
  /** The check with the rule by which they were admitted. */
  readonly request: CheckRequest;
  readonly units: readonly TimedUnits[];
}

/** Which counters may be reported, and how many. */
export interface ReportOptions {
  readonly nowUs: number;
  /** Whether counters of that key may be reported now. */
  readonly mayReport: (key: string) => boolean;
}

/** How much is kept. */
export interface AloneBounds {
  /** @default {100_000} */
  readonly maxCounters?: number;
  /** Groups of units of all counters together. @default {1_000_000} */
  readonly maxGroups?: number;
}

interface AloneCounter {
  request: CheckRequest;
  /** Units that count against the share. */
  readonly admitted: UnitRun;
  /** Units that were not reported to Redis yet. */
  pending: UnitRun;
}

/** Share of counters that remain after the lightest ones were dropped because a bound was reached. */
const KEPT_RATIO = 0.8;

/**
 * Units that one node admitted alone, by counter. Times are microseconds of the node's monotonic clock: those of the
 * primaries of a Cluster may disagree, and step.
 */
export class AloneUnits {
  readonly #counters = new Map<string, AloneCounter>();
  readonly #unreported = new Set<AloneCounter>();
  readonly #evictions = new Evictions();
  readonly #maxCounters: number;
  readonly #maxGroups: number;
  #groups = 0;
  #sweep: MapIterator<[string, AloneCounter]> = this.#counters.entries();

  constructor({ maxCounters = 100_000, maxGroups = 1_000_000 }: AloneBounds = {}) {
    this.#maxCounters = maxCounters;
    this.#maxGroups = maxGroups;
  }

  /** Whether there are units that were not reported to Redis yet. */
  get hasUnreported(): boolean {
    return this.#unreported.size > 0;
  }

  /** Units in a window that ends now, in the order in which they leave it. A dropped counter may have as many as any other dropped one. */
  leaving(request: CheckRequest, nowUs: number): Leaving[] {
    const counter = this.#counters.get(nameOf(request));
    if (!counter) return this.#evictions.leaving(nowUs, request.windowMs * 1000);
    this.#cut(counter, nowUs);
    return counter.admitted.leaving();
  }

  /** Adds an admission. */
  add(request: CheckRequest, atUs: number): void {
    const name = nameOf(request);
    const counter = this.#counters.get(name) ?? this.#begin(name, request, atUs);
    counter.request = request;
    const before = counter.admitted.size + counter.pending.size;
    counter.admitted.add(atUs, request.cost);
    counter.pending.add(atUs, request.cost);
    this.#unreported.add(counter);
    this.#groups += counter.admitted.size + counter.pending.size - before;
    this.#sweepOne(atUs);
    if (this.#isOver(1)) this.#evict(atUs);
  }

  /**
   * Takes reports of counters that may be reported now, examining at most `most` counters: each unit is in one report
   * only. The other counters are examined last next time. Units that have left the window are not reported.
   */
  takeReports(most: number, { nowUs, mayReport }: ReportOptions): AloneReport[] {
    return [...this.#unreported.values().take(most)].flatMap((counter) => {
      this.#cut(counter, nowUs);
      const { request, pending } = counter;
      if (!this.#unreported.delete(counter)) return [];
      if (!mayReport(request.key)) {
        this.#unreported.add(counter);
        return [];
      }
      this.#groups -= pending.size;
      counter.pending = new UnitRun(request.windowMs * 1000);
      return [{ request, units: pending.timed() }];
    });
  }

  /** Redis has counted such a check after all, so it is not reported. */
  settle(request: CheckRequest): void {
    const counter = this.#counters.get(nameOf(request));
    if (!counter) return;
    this.#groups -= counter.pending.size;
    counter.pending.remove(request.cost);
    this.#groups += counter.pending.size;
    if (counter.pending.size === 0) this.#unreported.delete(counter);
  }

  /** Restores a report that Redis has refused. */
  putBack({ request, units }: AloneReport): void {
    const counter = this.#counters.get(nameOf(request));
    if (!counter) return;
    const pending = new UnitRun(request.windowMs * 1000);
    for (const [atUs, count] of [...units, ...counter.pending.timed()]) pending.add(atUs, count);
    this.#groups += pending.size - counter.pending.size;
    counter.pending = pending;
    this.#unreported.add(counter);
  }

  /** Forgets what was admitted for a key, since its counters were reset. */
  reset(key: string): void {
    for (const [name, counter] of this.#counters) if (counter.request.key === key) this.#drop(name, counter);
  }

  /** A dropped counter that returns starts with the units that must be assumed. */
  #begin(name: string, request: CheckRequest, nowUs: number): AloneCounter {
    const windowUs = request.windowMs * 1000;
    const counter = { request, admitted: new UnitRun(windowUs), pending: new UnitRun(windowUs) };
    for (const [leavesUs, units] of this.#evictions.leaving(nowUs, windowUs)) {
      counter.admitted.add(leavesUs - windowUs - 1, units);
    }
    this.#groups += counter.admitted.size;
    this.#counters.set(name, counter);
    return counter;
  }

  #cut(counter: AloneCounter, nowUs: number): void {
    const before = counter.admitted.size + counter.pending.size;
    counter.admitted.cut(nowUs);
    counter.pending.cut(nowUs);
    this.#groups += counter.admitted.size + counter.pending.size - before;
    if (counter.pending.size === 0) this.#unreported.delete(counter);
  }

  /** Examines one counter per addition, so that idle ones are dropped without a pause. */
  #sweepOne(nowUs: number): void {
    const { done, value } = this.#sweep.next();
    if (done) {
      this.#sweep = this.#counters.entries();
      return;
    }
    const [name, counter] = value;
    this.#cut(counter, nowUs);
    if (counter.admitted.size === 0) this.#drop(name, counter);
  }

  #drop(name: string, counter: AloneCounter): void {
    this.#counters.delete(name);
    this.#unreported.delete(counter);
    this.#groups -= counter.admitted.size + counter.pending.size;
  }

  #evict(nowUs: number): void {
    const lightest = [...this.#counters].toSorted(([, one], [, other]) => one.admitted.units - other.admitted.units);
    for (const [name, counter] of lightest) {
      if (!this.#isOver(KEPT_RATIO)) return;
      this.#drop(name, counter);
      this.#evictions.add(nowUs, counter.admitted.units);
    }
  }

  #isOver(ratio: number): boolean {
    return this.#counters.size > this.#maxCounters * ratio || this.#groups > this.#maxGroups * ratio;
  }
}

/** Counters correspond to those in Redis: one for each key, algorithm and window. */
function nameOf({ key, algorithm, windowMs }: CheckRequest): string {
  return `${algorithm} ${windowMs} ${key}`;
}
