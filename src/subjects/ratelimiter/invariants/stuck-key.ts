/** Finds counters that will never be given free: those without expiry, and those that count on after nothing was allowed. */

import type { Invariant, Judgement, Thresholds } from "../../../core/invariant.ts";
import { newestUs } from "../admission-sums.ts";
import { entityOfKey, logsByKey } from "../keys.ts";
import type { KeyReading, RateLimiterObservation } from "../observation.ts";
import type { AdmissionSeries, Counter } from "../replies.ts";
import { REDIS } from "../topology.ts";

/** Every counter expires, and empties once nothing is allowed any more. */
export const stuckKey: Invariant<RateLimiterObservation> = {
  id: "stuck-key",
  severity: "warning",
  graceMs: 10_000,
  rationale: "A counter that stays takes memory for ever, or denies its key for ever.",
  thresholds: {
    marginMs: { default: 10_000, description: "How much longer than two windows a counter may live or stand still" },
  },
  check: (observation, thresholds) => [
    judgeRedis(observation),
    ...observation.keys.map((key) => judgeKey(key, observation, thresholds)),
  ],
};

/** Always judged: says whether all counters are accounted for. */
function judgeRedis({ lasting }: RateLimiterObservation): Judgement {
  const judgement = { entity: REDIS, on: REDIS };
  if ("failed" in lasting) {
    return {
      ...judgement,
      verdict: "unknown",
      summary: `Cannot look for counters without expiry: ${lasting.failed}`,
      evidence: {},
    };
  }
  const { keys, complete } = lasting.value;
  const evidence = { found: keys.length, complete };
  const summary = complete
    ? `All counters but ${keys.length} expire`
    : `Redis holds keys without expiry that have not all been looked at; ${keys.length} counters so far`;
  return { ...judgement, verdict: complete ? "holds" : "unknown", summary, evidence };
}

function judgeKey(
  { key, counters, lifeMs }: KeyReading,
  observation: RateLimiterObservation,
  { marginMs = 0 }: Thresholds,
): Judgement {
  const judgement = { entity: entityOfKey(key), on: REDIS };
  const counter = redisCounter(counters);
  if ("failed" in lifeMs) {
    return {
      ...judgement,
      verdict: "unknown",
      summary: `Cannot look at counter "${key}": ${lifeMs.failed}`,
      evidence: {},
    };
  }
  const logs = logsByKey(observation.nodes).get(key) ?? [];
  const idleMs = idleSince(logs, observation);
  const windowMs = counter?.windowMs ?? null;
  const evidence = { lifeMs: lifeMs.value, count: counter?.count ?? null, windowMs, idleMs: idleMs ?? null };
  const fault = faultOf({ lifeMs: lifeMs.value, counter, idleMs, marginMs });
  if (fault) return { ...judgement, verdict: "violated", summary: `Counter "${key}" ${fault}`, evidence };
  return { ...judgement, verdict: "holds", summary: `Counter "${key}" expires and empties`, evidence };
}

interface Life {
  readonly lifeMs: number;
  readonly counter: Counter | undefined;
  readonly idleMs: number | undefined;
  readonly marginMs: number;
}

function faultOf({ lifeMs, counter, idleMs, marginMs }: Life): string | undefined {
  if (lifeMs === -1) return "has no expiry";
  if (!counter) return undefined;
  const mostMs = 2 * counter.windowMs + marginMs;
  if (lifeMs > mostMs) return `lives for another ${lifeMs} ms, expected at most ${mostMs}`;
  if (counter.count === 0 || idleMs === undefined || idleMs <= mostMs) return undefined;
  return `still counts ${counter.count}, though nothing was allowed for ${Math.round(idleMs)} ms`;
}

function redisCounter(counters: KeyReading["counters"]): Counter | undefined {
  const read = counters.flatMap(({ counter }) => ("value" in counter ? [counter.value] : []));
  return read.find(({ source }) => source === "redis");
}

/**
 * Milliseconds since any node last allowed something to the key. `undefined` where a log is missing, does not name all
 * keys, or is younger than the counter may be: then nobody knows.
 */
function idleSince(logs: readonly AdmissionSeries[], { nodes, atMs }: RateLimiterObservation): number | undefined {
  const pages = nodes.flatMap(({ admissions }) => ("value" in admissions ? [admissions.value] : []));
  const starts = nodes.flatMap(({ health }) => ("value" in health ? [health.value.startedAtMs] : []));
  const times = pages.flatMap(({ redisTimeUs }) => redisTimeUs ?? []);
  if (times.length < nodes.length || starts.length < nodes.length) return undefined;
  const newest = newestUs(logs);
  if (newest !== undefined) return (Math.max(...times) - newest) / 1000;
  return pages.some(({ truncated }) => truncated) ? undefined : atMs - Math.max(...starts);
}
