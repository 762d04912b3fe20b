/** Judges each node's slowest checks of the last seconds by what its own histogram counted. */

import { type Invariant, type Judgement, judgeEach, type Thresholds } from "../../../core/invariant.ts";
import type { NodeMetrics } from "../node-metrics.ts";
import type { NodeReading, RateLimiterObservation } from "../observation.ts";

/** Ninety-nine of a hundred checks are answered in time. */
export const latencyP99: Invariant<RateLimiterObservation> = {
  id: "latency-p99",
  severity: "warning",
  graceMs: 60_000,
  rationale: "Every request of every client waits for its check.",
  thresholds: {
    latencyMs: { default: 50, description: "Longest time that 99 of 100 checks may take" },
    minimumCount: { default: 20, description: "Fewest checks from which slowness is concluded" },
  },
  check: ({ nodes, metrics }, thresholds) => {
    const failed = "failed" in metrics ? metrics.failed : undefined;
    const byAddress = new Map("value" in metrics ? metrics.value.map((own) => [own.address, own]) : []);
    return judgeEach(nodes, (node) => judgeNode(node, { failed, metrics: byAddress.get(node.address) }, thresholds));
  },
};

interface Past {
  readonly failed: string | undefined;
  readonly metrics: NodeMetrics | undefined;
}

function judgeNode({ component, health }: NodeReading, past: Past, thresholds: Thresholds): Judgement {
  const judgement = { entity: component, on: component };
  const checks = past.metrics?.checks;
  if ("failed" in health || !checks) {
    const why = "failed" in health ? "it does not answer" : (past.failed ?? "its metrics have no past yet");
    return {
      ...judgement,
      verdict: "unknown",
      summary: `Cannot tell the latency of ${component}: ${why}`,
      evidence: {},
    };
  }
  const { latencyMs = 0, minimumCount = 0 } = thresholds;
  const p99Ms = (checks.p99Seconds ?? 0) * 1000;
  const evidence = { p99Ms, checkCount: checks.count, limitMs: latencyMs };
  if (checks.count === 0) return { ...judgement, verdict: "holds", summary: `Nobody asked ${component}`, evidence };
  const took = `99 of 100 checks on ${component} took at most ${p99Ms.toFixed(1)} ms`;
  if (p99Ms <= latencyMs) return { ...judgement, verdict: "holds", summary: took, evidence };
  if (checks.count >= minimumCount) {
    return { ...judgement, verdict: "violated", summary: `${took}, expected ${latencyMs} ms`, evidence };
  }
  return { ...judgement, verdict: "unknown", summary: `Too few checks on ${component}: ${checks.count}`, evidence };
}
