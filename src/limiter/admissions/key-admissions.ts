/** What one key was allowed: a run of buckets for each rule and epoch. */

import type { CheckRequest } from "../decide/decision.ts";
import { AdmissionRun, retentionUsOf } from "./admission-run.ts";
import type { AdmissionSeries } from "./admissions.ts";

/** A time in microseconds, and the units that leave the window then. */
export type Leaving = readonly [atUs: number, units: number];

/** A count as Redis returned it. */
export interface Told {
  /** Units counted at that moment. */
  readonly count: number;
  /** Microseconds of the node's monotonic clock after which none of them counts. */
  readonly untilUs: number;
}

/** Every check may bring another rule: beyond this number, the least recently used runs are merged into one without a rule. */
const MAX_RUNS = 8;
/** Buckets dropped per new one, so that a long idle run shrinks without a pause. */
const CUT_AT_ONCE = 4;

/** The admissions of one key. */
export class KeyAdmissions {
  /** Units kept. */
  weight = 0;
  /** Buckets kept. */
  size = 0;
  /** The check that was last admitted. */
  last: CheckRequest;
  /** Last count from Redis and its check, not as one object, since they change with every check. */
  #toldOf: CheckRequest | undefined;
  #toldCount = 0;
  #toldUntilUs = 0;
  /** Least recently used first. */
  readonly #runs: AdmissionRun[] = [];
  /** Units of runs whose rule is no longer known: they count, but cannot be shown. */
  #mixed: AdmissionRun | undefined;
  /** Runs before this one do not count, since the key was reset. */
  #counted = 0;

  constructor(first: CheckRequest) {
    this.last = first;
  }

  /** Whether some of it cannot be shown. */
  get isMixed(): boolean {
    return this.#mixed !== undefined;
  }

  /** Adds units that were admitted at that time. */
  add(request: CheckRequest, epochUs: number, atUs: number): void {
    const run = this.#runFor(request, epochUs);
    this.last = request;
    this.weight += request.cost;
    if (!run.add(atUs, request.cost)) return;
    this.size += 1;
    this.cut(atUs, CUT_AT_ONCE);
  }

  /** Stores the count that Redis returned with a check. */
  noteTold(request: CheckRequest, count: number, untilUs: number): void {
    this.#toldOf = request;
    this.#toldCount = count;
    this.#toldUntilUs = untilUs;
  }

  /** The last count from Redis, if it belongs to such a check. */
  toldOf({ windowMs, algorithm }: CheckRequest): Told | undefined {
    if (this.#toldOf?.windowMs !== windowMs || this.#toldOf.algorithm !== algorithm) return undefined;
    return { count: this.#toldCount, untilUs: this.#toldUntilUs };
  }

  /** Drops buckets that are no longer needed, at most `most`. */
  cut(nowUs: number, most: number): void {
    if (this.#mixed) this.#cutRun(this.#mixed, nowUs, most);
    for (const run of this.#runs) this.#cutRun(run, nowUs, most);
    for (let at = this.#runs.length - 2; at >= 0; at--) if (this.#runs[at]?.size === 0) this.#takeOut(at);
    if (this.#mixed?.size === 0) this.#mixed = undefined;
  }

  /** Whether none of it is needed any more. */
  isOver(nowUs: number): boolean {
    return this.#runs.every(({ endUs, rule }) => endUs <= nowUs - retentionUsOf(rule.windowMs));
  }

  /** The epoch in which the counter of such a check was last; 0 if it is not known. */
  epochOf({ windowMs, algorithm }: CheckRequest): number {
    const own = this.#runs.filter(({ rule }) => rule.windowMs === windowMs && rule.algorithm === algorithm);
    return Math.max(0, ...own.map(({ rule }) => rule.epochUs));
  }

  /** Units that a window ending now holds at most, in the order in which they leave it. */
  leaving(nowUs: number, windowUs: number): Leaving[] {
    const runs = this.#runs.slice(this.#counted);
    if (this.#mixed && this.#counted === 0) runs.unshift(this.#mixed);
    const leaving = runs.flatMap((run) => run.leaving(nowUs, windowUs));
    return runs.length > 1 ? leaving.toSorted(([a], [b]) => a - b) : leaving;
  }

  /** Moves all times. */
  shift(byUs: number): void {
    for (const run of [this.#mixed, ...this.#runs]) run?.shift(byUs);
  }

  /** What was admitted before does not count any more. */
  reset(): void {
    this.#counted = this.#runs.length;
    this.#toldUntilUs = 0;
  }

  /** All runs whose rule is known. */
  series(): AdmissionSeries[] {
    const { key } = this.last;
    return this.#runs
      .filter(({ size }) => size > 0)
      .map((run) => ({ key, ...run.rule, bucketUs: run.bucketUs, buckets: run.buckets() }));
  }

  #cutRun(run: AdmissionRun, nowUs: number, most: number): void {
    const { buckets, units } = run.cut(nowUs - retentionUsOf(run.rule.windowMs), most);
    this.size -= buckets;
    this.weight -= units;
  }

  #runFor(request: CheckRequest, epochUs: number): AdmissionRun {
    for (let at = this.#runs.length - 1; at >= this.#counted; at--) {
      const known = this.#runs[at];
      if (known?.rule.epochUs !== epochUs || !decides(known, request)) continue;
      if (at < this.#runs.length - 1) this.#runs.push(...this.#runs.splice(at, 1));
      return known;
    }
    const { limit, windowMs, algorithm } = request;
    const run = new AdmissionRun({ limit, windowMs, algorithm, epochUs });
    this.#runs.push(run);
    if (this.#runs.length > MAX_RUNS) this.#mix();
    return run;
  }

  /** Takes a run out of the list. */
  #takeOut(at: number): AdmissionRun | undefined {
    if (at < this.#counted) this.#counted -= 1;
    return this.#runs.splice(at, 1)[0];
  }

  #mix(): void {
    const oldest = this.#takeOut(0);
    if (!oldest) return;
    const before = (this.#mixed?.size ?? 0) + oldest.size;
    const windowMs = Math.max(oldest.rule.windowMs, this.#mixed?.rule.windowMs ?? 0);
    const mixed = new AdmissionRun({ ...oldest.rule, windowMs });
    for (const run of [this.#mixed, oldest]) {
      for (const [number, units] of run?.buckets() ?? []) mixed.add((number + 1) * (run?.bucketUs ?? 0) - 1, units);
    }
    this.#mixed = mixed;
    this.size += mixed.size - before;
  }
}

function decides({ rule }: AdmissionRun, { limit, windowMs, algorithm }: CheckRequest): boolean {
  return rule.limit === limit && rule.windowMs === windowMs && rule.algorithm === algorithm;
}
