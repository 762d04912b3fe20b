/**
 * Adds up what the nodes allowed, by their admission logs, and compares it with the limit. Sound: the sum never exceeds
 * what was really allowed within one window, so an exact limiter never violates it; a node that did not answer only
 * makes the sum smaller. Decisions of Redis are dated by Redis. Decisions of a node alone are dated by its own clock,
 * which is off by at most a round trip to Redis: those units may lie outside the window by that much.
 */

import { ALGORITHM_FACTS } from "../../../../lua/algorithms.ts";
import type { CheckContext, Judgement } from "../../../core/subject/invariant.ts";
import { formatDurationMs } from "../../../core/text/units.ts";
import type { RateLimiterConfig } from "../config.ts";
import { type Peak, worstPeak } from "../keys/admission-sums.ts";
import { entityOfKey } from "../keys/keys.ts";
import { blame } from "../keys/suspects.ts";
import { invariant, type KeyReading, type KeysReading, type RateLimiterReadings } from "../observation.ts";
import { CLUSTER } from "../topology.ts";

/** No key is allowed more than its limit in any window. */
export const ghostAllowing = invariant({
  id: "ghost-allowing",
  severity: "critical",
  symptom: "wrong-result",
  // One occurrence is proof: the grace only has to be shorter than the period evaluated.
  graceMs: 5000,
  rationale: "A rate limiter must never allow more than the limit.",
  thresholds: {
    pastMs: { default: 30_000, description: "How far back windows are checked, by their end" },
  },
  needs: ["nodes", "keys"],
  reasons: ["within-limit", "over-admitted", "log-missing", "logs-read"],
  check: ({ nodes, keys }, context) => [
    coverage(nodes.length, keys),
    ...keys.keys.map((key) => judgeKey(key, keys, context)),
  ],
});

type Reason = "within-limit" | "over-admitted" | "log-missing" | "logs-read";

/** Always judged, so that a look without logs does not look like compliance. */
function coverage(nodes: number, { keys, logs }: KeysReading): Judgement<Reason> {
  const missing = logs.missing.length;
  const evidence = { logsRead: nodes - missing, logsMissing: missing, keys: keys.length };
  const summary = `Read the admission logs of ${nodes - missing} of ${nodes} nodes (keys: ${keys.length})`;
  const said =
    missing === 0
      ? ({ verdict: "holds", reason: "logs-read" } as const)
      : ({ verdict: "unknown", reason: "log-missing" } as const);
  return { entity: CLUSTER, on: CLUSTER, ...said, summary, evidence };
}

function judgeKey(
  { key, logs: own }: KeyReading,
  { logs, suspects }: Pick<KeysReading, "logs" | "suspects">,
  {
    thresholds,
    previous,
    config: { intended },
    atMs,
    intervalMs,
  }: CheckContext<RateLimiterReadings, RateLimiterConfig>,
): Judgement<Reason> {
  const sinceLastMs = Math.max(intervalMs, previous.keys ? atMs - previous.keys.atMs : 0);
  // The next look must see the same peak, however rare looks are, or no ticket would open.
  const pastMs = Math.max(thresholds["pastMs"] ?? 0, 2 * sinceLastMs);
  const entity = entityOfKey(key);
  const { windows, worstRatio } = ALGORITHM_FACTS[intended.algorithm ?? "sliding-window"];
  const peak = worstPeak(own, logs.toUs - pastMs * 1000, windows);
  const most = peak ? peak.limit * worstRatio : 0;
  const evidence = { logsMissing: logs.missing.length, ...(peak && evidenceOf(peak, most)) };
  if (peak && peak.units > most) {
    const sinceMs = atMs - 2 * peak.windowMs - pastMs;
    const summary = `"${key}" was allowed ${peak.units} within ${formatDurationMs(peak.windowMs)}, expected at most ${most}`;
    return {
      entity,
      on: blame(suspects, sinceMs) ?? CLUSTER,
      verdict: "violated",
      reason: "over-admitted",
      summary,
      evidence,
    };
  }
  if (logs.missing.length > 0) {
    const summary = `"${key}": allowed units unknown, admission log missing of ${logs.missing.join(", ")}`;
    return { entity, on: CLUSTER, verdict: "unknown", reason: "log-missing", summary, evidence };
  }
  const summary = `"${key}" was allowed no more than its limit`;
  return { entity, on: CLUSTER, verdict: "holds", reason: "within-limit", summary, evidence };
}

function evidenceOf({ units, limit, windowMs, endUs }: Peak, most: number) {
  return { units, limit, most, windowMs, windowEnd: new Date(endUs / 1000).toISOString() };
}
