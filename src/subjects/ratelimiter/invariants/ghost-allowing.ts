/**
 * Adds up what the nodes allowed, by their own logs, and holds it against the limit. Sound: the sum is never more than
 * what was truly allowed within one window, so that an exact limiter is never accused; a node that did not answer
 * only makes it smaller.
 */

import type { Invariant, Judgement, Thresholds } from "../../../core/invariant.ts";
import { formatDurationMs } from "../../../core/units.ts";
import { type Peak, worstPeak } from "../admission-sums.ts";
import { entityOfKey } from "../keys.ts";
import type { KeyReading, RateLimiterObservation } from "../observation.ts";
import { blame } from "../suspects.ts";
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
  check: (observation, thresholds) => [
    coverage(observation),
    ...observation.keys.map((key) => judgeKey(key, observation, thresholds)),
  ],
};

/** Always judged, so that a look that saw no log is not taken for innocence. */
function coverage({ nodes, keys, logs }: RateLimiterObservation): Judgement {
  const missing = logs.missing.length;
  const evidence = { logsRead: nodes.length - missing, logsMissing: missing, keys: keys.length };
  const summary = `Logs of ${nodes.length - missing} of ${nodes.length} nodes were added up for ${keys.length} keys`;
  return { entity: CLUSTER, on: CLUSTER, verdict: missing === 0 ? "holds" : "unknown", summary, evidence };
}

function judgeKey(
  { key, logs: own }: KeyReading,
  observation: RateLimiterObservation,
  thresholds: Thresholds,
): Judgement {
  const { logs, intended, suspects, sinceLastMs } = observation;
  // What one look sees the next one must see, too, however rare they are: only then does it become a ticket.
  const pastMs = Math.max(thresholds["pastMs"] ?? 0, 2 * sinceLastMs);
  const entity = entityOfKey(key);
  const peak = worstPeak(own, logs.toUs - pastMs * 1000, intended.algorithm === "fixed-window" ? "fixed" : "any");
  const most = peak ? peak.limit * burstFactor(intended.algorithm) : 0;
  const evidence = { logsMissing: logs.missing.length, ...(peak && evidenceOf(peak, most)) };
  if (peak && peak.units > most) {
    const sinceMs = observation.atMs - 2 * peak.windowMs - pastMs;
    const summary = `"${key}" was allowed ${peak.units} within ${formatDurationMs(peak.windowMs)}, expected at most ${most}`;
    return { entity, on: blame(suspects, sinceMs) ?? CLUSTER, verdict: "violated", summary, evidence };
  }
  if (logs.missing.length > 0) {
    const summary = `Cannot tell what ${logs.missing.join(", ")} allowed "${key}"`;
    return { entity, on: CLUSTER, verdict: "unknown", summary, evidence };
  }
  return { entity, on: CLUSTER, verdict: "holds", summary: `"${key}" was allowed no more than its limit`, evidence };
}

function evidenceOf({ units, limit, windowMs, endUs }: Peak, most: number) {
  return { units, limit, most, windowMs, windowEnd: new Date(endUs / 1000).toISOString() };
}

/** What an algorithm lets through at worst, where the watcher was told that one which is not exact is meant; fixed windows are, each for itself. */
function burstFactor(algorithm: string | undefined): number {
  return algorithm === "sliding-counter" || algorithm === "gcra" ? 2 : 1;
}
