/** How a node answers checks while Redis does not. */

import type { AdmissionLog } from "../admissions/admission-log.ts";
import type { Leaving, Told } from "../admissions/key-admissions.ts";
import type { AloneUnits } from "./alone/alone-units.ts";
import type { Share } from "./alone/standing.ts";
import type { CheckRequest, Decision, RedisFailurePolicy, Withheld } from "./decision.ts";

/** Microseconds after which a client that was denied because Redis is unavailable may retry. */
const ASK_AGAIN_US = 1_000_000;

/** What the policy needs to know. */
export interface OwnKnowledge {
  /** All that it admitted. */
  readonly log: AdmissionLog;
  /** What it admitted alone. */
  readonly alone: AloneUnits;
  /** Units that it may admit alone in one window, or why none. */
  readonly share: Share;
  /** Microseconds until a node that just started may use its share. */
  readonly startsInUs: number;
  /** The last count from Redis for this check. */
  readonly told: Told | undefined;
  /** Redis time in microseconds, as far as the node knows it; used by the log. */
  readonly nowUs: number;
  /** Microseconds of the node's monotonic clock; used for units admitted alone and counts from Redis. */
  readonly monotonicUs: number;
}

/** Decides by the policy, and records what is admitted. */
export function decideByPolicy(policy: RedisFailurePolicy, request: CheckRequest, own: OwnKnowledge): Decision {
  if (policy === "local") return decideByShare(request, own);
  const { log, nowUs } = own;
  const { key, cost, limit, windowMs } = request;
  const windowUs = windowMs * 1000;
  const leaving = log.leaving(key, { windowUs, nowUs });
  const count = unitsOf(leaving);
  const moreQuotaUs = (leaving[0]?.[0] ?? nowUs) - nowUs;
  if (policy === "closed") {
    const resetUs = (leaving.at(-1)?.[0] ?? nowUs) - nowUs;
    return { allowed: false, limit, count, retryAfterUs: ASK_AGAIN_US, moreQuotaUs, resetUs, source: policy };
  }
  log.add(request, log.epochOf(request), nowUs);
  return {
    allowed: true,
    limit,
    count: count + cost,
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

/**
 * Admits a unit only if what was admitted alone within the last window stays within the share, and within what the
 * limit leaves after the last count from Redis.
 */
function decideByShare(request: CheckRequest, own: OwnKnowledge): Decision {
  const { log, alone, monotonicUs } = own;
  const { cost, limit, windowMs } = request;
  const windowUs = windowMs * 1000;
  const leaving = alone.leaving(request, monotonicUs);
  const taken = unitsOf(leaving);
  const told = toldNow(own);
  const share = typeof own.share === "number" ? own.share : 0;
  const quota = Math.max(0, Math.min(share, limit - told));
  const leavesUs = leaving.map(([atUs]) => Math.min(windowUs, atUs - monotonicUs));
  if (told > 0 && own.told) leavesUs.push(own.told.untilUs - monotonicUs);
  const moreQuotaUs = leavesUs.length > 0 ? Math.min(...leavesUs) : 0;
  const common = { limit, source: "local" } as const;
  if (taken + cost <= quota) {
    log.add(request, log.epochOf(request), own.nowUs);
    alone.add(request, monotonicUs);
    return {
      ...common,
      allowed: true,
      count: told + taken + cost,
      remaining: quota - taken - cost,
      retryAfterUs: 0,
      moreQuotaUs: moreQuotaUs || windowUs,
      resetUs: Math.max(windowUs, ...leavesUs),
    };
  }
  const withheld = withheldBy(own.share, told + taken + cost <= limit);
  const retryAfterUs = Math.max(1, retryAfter(request, own, leaving));
  return {
    ...common,
    allowed: false,
    count: told + taken,
    remaining: Math.max(0, quota - taken),
    retryAfterUs,
    moreQuotaUs: moreQuotaUs || retryAfterUs,
    resetUs: Math.max(retryAfterUs, ...leavesUs),
    ...(withheld && { withheld }),
  };
}

function withheldBy(share: Share, fitsLimit: boolean): Withheld | undefined {
  if (typeof share === "string") return share;
  return fitsLimit ? "share" : undefined;
}

function toldNow({ told, monotonicUs }: OwnKnowledge): number {
  return told && told.untilUs > monotonicUs ? told.count : 0;
}

/** Microseconds until this node could admit the cost alone; if it never can, until Redis may be back. */
function retryAfter({ cost, limit, windowMs }: CheckRequest, own: OwnKnowledge, leaving: readonly Leaving[]): number {
  const { share, told, monotonicUs: nowUs, startsInUs } = own;
  const windowUs = windowMs * 1000;
  if (cost > limit) return windowUs;
  if (share === "just-started") return startsInUs;
  if (share === "no-register" || cost > share) return ASK_AGAIN_US;
  const taken = unitsOf(leaving);
  const count = toldNow(own);
  const byShareUs = untilLeft(leaving, taken + cost - share) - nowUs;
  const toldLeavesUs = count > 0 ? (told?.untilUs ?? nowUs) - nowUs : 0;
  const fitsBesides = cost <= limit - count;
  const byCountUs = fitsBesides ? untilLeft(leaving, taken + cost - (limit - count)) - nowUs : toldLeavesUs;
  return Math.min(windowUs, Math.max(byShareUs, Math.min(byCountUs, toldLeavesUs || byCountUs)));
}

/** Microseconds at which that many units have left the window. */
function untilLeft(leaving: readonly Leaving[], units: number): number {
  if (units <= 0) return 0;
  let left = 0;
  const last = leaving.find(([, leavingUnits]) => (left += leavingUnits) >= units);
  return last?.[0] ?? 0;
}
