/** Judges each node's slowest checks of the last seconds by what its own histogram counted. */

import { type Judgement, judgeEach, type Thresholds } from "../../../core/subject/invariant.ts";
import type { NodeMetrics } from "../client/node-metrics.ts";
import { invariant, type NodeReading } from "../observation.ts";

/** Ninety-nine of a hundred checks are answered in time. */
export const latencyP99 = invariant({
  id: "latency-p99",
  severity: "warning",
  symptom: "slow",
  graceMs: 60_000,
  rationale: "Every request of every client waits for its check.",
  thresholds: {
    latencyMs: { default: 50, description: "Longest time that 99 of 100 checks may take" },
    minimumCount: { default: 20, description: "Fewest checks from which slowness is concluded" },
  },
  needs: ["nodes", "metrics"],
  reasons: ["fast", "slow", "no-traffic", "too-few", "no-metrics", "node-silent"],
  check: ({ nodes, metrics }, { thresholds }) => {
    const byAddress = new Map(metrics.map((own) => [own.address, own]));
    return judgeEach(nodes, (node) => judgeNode(node, byAddress.get(node.address), thresholds));
  },
});

type Reason = "fast" | "slow" | "no-traffic" | "too-few" | "no-metrics" | "node-silent";

function judgeNode(
  { component, health }: NodeReading,
  metrics: NodeMetrics | undefined,
  thresholds: Thresholds,
): Judgement<Reason> {
  const judgement = { entity: component, on: component };
  const checks = metrics?.checks;
  if ("failed" in health || !checks) {
    const isSilent = "failed" in health;
    const summary = `${component}: latency unknown, ${isSilent ? "it does not answer" : "its metrics have no past yet"}`;
    const reason = isSilent ? "node-silent" : "no-metrics";
    return { ...judgement, verdict: "unknown", reason, summary, evidence: {} };
  }
  const { latencyMs = 0, minimumCount = 0 } = thresholds;
  const p99Ms = (checks.p99Seconds ?? 0) * 1000;
  const evidence = { p99Ms, checkCount: checks.count, limitMs: latencyMs };
  if (checks.count === 0) {
    return { ...judgement, verdict: "holds", reason: "no-traffic", summary: `Nobody asked ${component}`, evidence };
  }
  const took = `99 of 100 checks on ${component} took at most ${p99Ms.toFixed(1)} ms`;
  if (p99Ms <= latencyMs) return { ...judgement, verdict: "holds", reason: "fast", summary: took, evidence };
  if (checks.count >= minimumCount) {
    const summary = `${took}, expected ${latencyMs} ms`;
    return { ...judgement, verdict: "violated", reason: "slow", summary, evidence };
  }
  const summary = `Too few checks on ${component}: ${checks.count}`;
  return { ...judgement, verdict: "unknown", reason: "too-few", summary, evidence };
}
