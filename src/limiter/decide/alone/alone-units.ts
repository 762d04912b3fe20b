/** What a node has admitted alone: its share is held against it, and Redis is told of it afterwards. */

import type { Leaving } from "../../admissions/key-admissions.ts";
import type { CheckRequest } from "../decision.ts";
import { Evictions } from "../evictions.ts";
import { type TimedUnits, UnitRun } from "./unit-run.ts";

/** Units of one counter that Redis has not been told of. */
export interface AloneReport {
  /** The check by whose rule they were admitted. */
  readonly request: CheckRequest;
  readonly units: readonly TimedUnits[];
}

/** What may be reported. */
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
  /** What counts against the share. */
  readonly admitted: UnitRun;
  /** What Redis has not been told of. */
  pending: UnitRun;
}

/** What is left when a bound was reached, after the lightest counters were dropped. */
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

  /** Whether there are units that Redis has not been told of. */
  get hasUnreported(): boolean {
    return this.#unreported.size > 0;
  }

  /** Units in a window that ends now, in the order in which they leave it. A counter that was dropped may have as many as any that was. */
  leaving(request: CheckRequest, nowUs: number): Leaving[] {
    const counter = this.#counters.get(nameOf(request));
    if (!counter) return this.#evictions.leaving(nowUs, request.windowMs * 1000);
    this.#cut(counter, nowUs);
    return counter.admitted.leaving();
  }

  /** Adds what was just admitted. */
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
   * Takes reports of counters that may be reported now, of at most so many looked at: each unit is in one report only.
   * The others are looked at last the next time. What has left the window is reported no more.
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

  /** Redis has counted such a check after all: it need not be told of it. */
  settle(request: CheckRequest): void {
    const counter = this.#counters.get(nameOf(request));
    if (!counter) return;
    this.#groups -= counter.pending.size;
    counter.pending.remove(request.cost);
    this.#groups += counter.pending.size;
    if (counter.pending.size === 0) this.#unreported.delete(counter);
  }

  /** Takes back a report that Redis has refused. */
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

  /** A dropped counter that returns takes over what must be assumed of it. */
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

  /** Looks at one counter for each addition, so that idle ones go without a pause. */
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

/** Counters are those of Redis: one for each key, algorithm and window. */
function nameOf({ key, algorithm, windowMs }: CheckRequest): string {
  return `${algorithm} ${windowMs} ${key}`;
}
