/**
 * Adds up what the nodes allowed, by their own logs, and holds it against the limit. Sound: the sum is never more than
 * what was truly allowed within one window, so that an exact limiter is never accused; a node that did not answer
 * only makes it smaller.
 */

import type { ComponentId } from "../../../core/ids.ts";
import type { Invariant, Judgement, Thresholds } from "../../../core/invariant.ts";
import { type Peak, worstPeak } from "../admission-sums.ts";
import { entityOfKey, logsByKey } from "../keys.ts";
import type { KeyReading, NodeReading, RateLimiterObservation } from "../observation.ts";
import type { AdmissionSeries } from "../replies.ts";
import { CLUSTER } from "../topology.ts";

/** No key is allowed more than its limit in any window. */
export const ghostAllowing: Invariant<RateLimiterObservation> = {
  id: "ghost-allowing",
  severity: "critical",
  // One occurrence is proof: the grace only has to be shorter than the past that is looked at.
  graceMs: 5000,
  rationale: "Allowing more than the limit is the one thing that a limiter must not do.",
  thresholds: {
    pastMs: { default: 30_000, description: "How long ago the window may have ended" },
  },
  check: (observation, thresholds) => {
    const logs = logsByKey(observation.nodes);
    const missing = observation.nodes.filter(({ admissions }) => "failed" in admissions);
    return [
      coverage(observation, missing),
      ...observation.keys.map((key) =>
        judgeKey(key, { observation, missing, logs: logs.get(key.key) ?? [] }, thresholds),
      ),
    ];
  },
};

interface Seen {
  readonly observation: RateLimiterObservation;
  /** Nodes whose log was not read. */
  readonly missing: readonly NodeReading[];
  readonly logs: readonly AdmissionSeries[];
}

/** Always judged, so that a look that saw no log is not taken for innocence. */
function coverage({ nodes, keys }: RateLimiterObservation, missing: readonly NodeReading[]): Judgement {
  const read = nodes.length - missing.length;
  const judgement = {
    entity: CLUSTER,
    on: CLUSTER,
    evidence: { logsRead: read, logsMissing: missing.length, keys: keys.length },
  };
  const summary = `Logs of ${read} of ${nodes.length} nodes were added up for ${keys.length} keys`;
  return { ...judgement, verdict: missing.length === 0 ? "holds" : "unknown", summary };
}

function judgeKey({ key }: KeyReading, { observation, missing, logs }: Seen, { pastMs = 0 }: Thresholds): Judgement {
  const entity = entityOfKey(key);
  const peak = worstPeak(logs, redisTimeUs(observation) - pastMs * 1000);
  const most = peak ? peak.limit * burstFactor(observation.intended.algorithm) : 0;
  const evidence = { logsMissing: missing.length, ...(peak && evidenceOf(peak, most)) };
  if (peak && peak.units > most) {
    const summary = `"${key}" was allowed ${peak.units} within ${peak.windowMs} ms, expected at most ${most}`;
    return { entity, on: suspect(observation), verdict: "violated", summary, evidence };
  }
  if (missing.length > 0) {
    const names = missing.map(({ component }) => component).join(", ");
    return { entity, on: CLUSTER, verdict: "unknown", summary: `Cannot tell what ${names} allowed "${key}"`, evidence };
  }
  return { entity, on: CLUSTER, verdict: "holds", summary: `"${key}" was allowed no more than its limit`, evidence };
}

function evidenceOf({ units, limit, windowMs, endUs }: Peak, most: number) {
  return { units, limit, most, windowMs, windowEnd: new Date(endUs / 1000).toISOString() };
}

/** The newest Redis time that any node knows. */
function redisTimeUs({ nodes, atMs }: RateLimiterObservation): number {
  const times = nodes.flatMap(({ admissions }) => ("value" in admissions ? (admissions.value.redisTimeUs ?? []) : []));
  return times.length > 0 ? Math.max(...times) : atMs * 1000;
}

/** What an algorithm lets through at worst, where the watcher was told that one which is not exact is meant. */
function burstFactor(algorithm: string | undefined): number {
  return algorithm === undefined || algorithm === "sliding-window" ? 1 : 2;
}

/** A node that counts alone, where there is just one. */
function suspect({ nodes }: RateLimiterObservation): ComponentId {
  const alone = nodes.filter(({ health }) => "value" in health && !health.value.redisConnected);
  return alone.length === 1 && alone[0] ? alone[0].component : CLUSTER;
}
