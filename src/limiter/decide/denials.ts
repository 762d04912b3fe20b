/** Cached denials, so that a key at its limit costs Redis nothing until some units leave the window. */

import type { Told } from "../admissions/key-admissions.ts";
import type { CheckRequest, Decision } from "./decision.ts";
import { monotonicUs } from "./redis/redis-time.ts";

/** A denial and the check that it answers. */
interface Denial {
  readonly request: CheckRequest;
  readonly decision: Decision;
  /** Microseconds of the node's monotonic clock at which the check was sent, and at which the denial arrived. */
  readonly atUs: number;
  readonly heardUs: number;
  readonly untilUs: number;
}

const MAX_DENIALS = 100_000;
/** Microseconds after which Redis is asked again in any case: it may have lost the counter without any sign. */
const MAX_AGE_US = 1_000_000;

/** Denials by key. */
export class Denials {
  readonly #byKey = new Map<string, Denial>();
  readonly #nowUs: () => number;
  #forgottenUs = Number.NEGATIVE_INFINITY;
  #doubtedUs = Number.NEGATIVE_INFINITY;

  constructor(nowUs: () => number = monotonicUs) {
    this.#nowUs = nowUs;
  }

  /** The answer to a check that cannot be allowed yet. */
  find(request: CheckRequest): Decision | undefined {
    const denial = this.#byKey.get(request.key);
    if (!denial) return undefined;
    const nowUs = this.#nowUs();
    if (nowUs >= denial.untilUs || denial.atUs <= this.#doubtedUs) {
      if (nowUs >= denial.heardUs + denial.decision.resetUs) this.#byKey.delete(request.key);
      return undefined;
    }
    return covers(denial.request, request) ? later(denial, nowUs) : undefined;
  }

  /**
   * Keeps a denial until the first unit leaves the window, counted from when the check was sent: until then the denial
   * holds, unless it was dropped meanwhile.
   */
  add(request: CheckRequest, decision: Decision, askedMs: number): void {
    const atUs = askedMs * 1000;
    const lastsUs = Math.min(decision.retryAfterUs, decision.moreQuotaUs);
    if (lastsUs <= 0 || atUs <= this.#forgottenUs) return;
    const oldest = this.#byKey.size < MAX_DENIALS ? undefined : this.#byKey.keys().next().value;
    if (oldest !== undefined) this.#byKey.delete(oldest);
    const untilUs = atUs + Math.min(lastsUs, MAX_AGE_US);
    this.#byKey.set(request.key, { request, decision, atUs, heardUs: this.#nowUs(), untilUs });
  }

  /** The count that Redis returned when it last denied such a check. */
  toldOf({ key, windowMs, algorithm }: CheckRequest, nowUs: number): Told | undefined {
    const denial = this.#byKey.get(key);
    if (!denial || denial.request.windowMs !== windowMs || denial.request.algorithm !== algorithm) return undefined;
    const { count, resetUs } = denial.decision;
    return { count, untilUs: nowUs + denial.heardUs + resetUs - this.#nowUs() };
  }

  /** Redis is asked again from now on, since its counters may have changed. Its last counts are kept. */
  doubt(): void {
    this.#doubtedUs = this.#nowUs();
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

/** Waits count from when the denial arrived, so that no retry comes too early. */
function later({ request, decision, heardUs }: Denial, nowUs: number): Decision {
  const passedUs = Math.floor(nowUs - heardUs);
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
