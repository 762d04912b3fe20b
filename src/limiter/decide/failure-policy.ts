/** What a node answers while Redis does not. */

import type { AdmissionLog } from "../admissions/admission-log.ts";
import type { Leaving } from "../admissions/key-admissions.ts";
import type { CheckRequest, Decision, RedisFailurePolicy } from "./decision.ts";

/** Microseconds after which a client that was denied for want of Redis may ask again. */
const ASK_AGAIN_US = 1_000_000;

/** What the node itself has admitted. */
export interface OwnAdmissions {
  readonly log: AdmissionLog;
  /** Microseconds of Redis time, as far as the node knows it. */
  readonly nowUs: number;
}

/** Decides from the node's own admissions alone, each one counted as late as it can have been: the node never allows more than the limit. */
export function decideByPolicy(policy: RedisFailurePolicy, request: CheckRequest, own: OwnAdmissions): Decision {
  const { log, nowUs } = own;
  const { key, cost, limit, windowMs } = request;
  const windowUs = windowMs * 1000;
  const leaving = log.leaving(key, { windowUs, nowUs });
  const taken = unitsOf(leaving);
  const moreQuotaUs = (leaving[0]?.[0] ?? nowUs) - nowUs;
  const resetUs = (leaving.at(-1)?.[0] ?? nowUs) - nowUs;
  if (policy === "closed" || (policy === "local" && taken + cost > limit)) {
    const freeUs = cost > limit ? windowUs : untilLeft(leaving, taken + cost - limit) - nowUs;
    const retryAfterUs = policy === "closed" ? ASK_AGAIN_US : freeUs;
    return { allowed: false, limit, count: taken, retryAfterUs, moreQuotaUs, resetUs, source: policy };
  }
  log.add(request, log.epochOf(request), nowUs);
  const count = taken + cost;
  return {
    allowed: true,
    limit,
    count,
    retryAfterUs: 0,
    moreQuotaUs: moreQuotaUs || windowUs,
    resetUs: windowUs,
    source: policy,
  };
}

/** Units that a window ending now holds at most. */
export function unitsOf(leaving: readonly Leaving[]): number {
  return leaving.reduce((sum, [, units]) => sum + units, 0);
}

/** Microseconds of Redis time at which so many units have left. */
function untilLeft(leaving: readonly Leaving[], units: number): number {
  let left = 0;
  const last = leaving.find(([, leavingUnits]) => (left += leavingUnits) >= units);
  return last?.[0] ?? 0;
}
