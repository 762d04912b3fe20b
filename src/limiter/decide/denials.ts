/** Denials that still stand, so that a key at its limit costs Redis nothing until something of it leaves the window. */

import type { Told } from "../admissions/key-admissions.ts";
import type { CheckRequest, Decision } from "./decision.ts";
import { monotonicUs } from "./redis/redis-time.ts";

/** A denial and the check that it answers. */
interface Denial {
  readonly request: CheckRequest;
  readonly decision: Decision;
  /** Microseconds of the node's monotonic clock. */
  readonly atUs: number;
  readonly untilUs: number;
}

const MAX_DENIALS = 100_000;

/** Denials by key. */
export class Denials {
  readonly #byKey = new Map<string, Denial>();
  readonly #nowUs: () => number;
  #forgottenUs = Number.NEGATIVE_INFINITY;

  constructor(nowUs: () => number = monotonicUs) {
    this.#nowUs = nowUs;
  }

  /** The answer to a check that cannot be allowed yet. */
  find(request: CheckRequest): Decision | undefined {
    const denial = this.#byKey.get(request.key);
    if (!denial) return undefined;
    const nowUs = this.#nowUs();
    if (nowUs >= denial.untilUs) {
      if (nowUs >= denial.atUs + denial.decision.resetUs) this.#byKey.delete(request.key);
      return undefined;
    }
    return covers(denial.request, request) ? later(denial, nowUs) : undefined;
  }

  /** Keeps a denial until the first unit leaves the window: before that nothing changes for the better, unless what it rests on was forgotten since it was asked for. */
  add(request: CheckRequest, decision: Decision, askedMs: number): void {
    const nowUs = this.#nowUs();
    const lastsUs = Math.min(decision.retryAfterUs, decision.moreQuotaUs);
    if (lastsUs <= 0 || askedMs * 1000 <= this.#forgottenUs) return;
    const oldest = this.#byKey.size < MAX_DENIALS ? undefined : this.#byKey.keys().next().value;
    if (oldest !== undefined) this.#byKey.delete(oldest);
    this.#byKey.set(request.key, { request, decision, atUs: nowUs, untilUs: nowUs + lastsUs });
  }

  /** The count that Redis told when it last denied such a check, by Redis time. */
  toldOf({ key, windowMs, algorithm }: CheckRequest, nowUs: number): Told | undefined {
    const denial = this.#byKey.get(key);
    if (!denial || denial.request.windowMs !== windowMs || denial.request.algorithm !== algorithm) return undefined;
    const { count, resetUs } = denial.decision;
    return { count, untilUs: nowUs + denial.atUs + resetUs - this.#nowUs() };
  }

  /** Drops the denial of a key, or all. */
  forget(key?: string): void {
    this.#forgottenUs = this.#nowUs();
    if (key === undefined) this.#byKey.clear();
    else this.#byKey.delete(key);
  }
}

function covers(denied: CheckRequest, request: CheckRequest): boolean {
  return (
    request.cost >= denied.cost &&
    request.limit === denied.limit &&
    request.windowMs === denied.windowMs &&
    request.algorithm === denied.algorithm
  );
}

function later({ request, decision, atUs }: Denial, nowUs: number): Decision {
  const passedUs = Math.floor(nowUs - atUs);
  return {
    allowed: false,
    limit: request.limit,
    count: decision.count,
    retryAfterUs: decision.retryAfterUs - passedUs,
    moreQuotaUs: decision.moreQuotaUs - passedUs,
    resetUs: decision.resetUs - passedUs,
    source: "cache",
  };
}
