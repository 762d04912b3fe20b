/** Finds nodes that answer but stall repeatedly: stopped at intervals, starved, or blocked by their own work. */

import { type Judgement, judgeEach } from "../../../core/subject/invariant.ts";
import type { NodeMetrics } from "../client/node-metrics.ts";
import { invariant, type NodeReading } from "../observation.ts";

/** No node spends more time in long stalls than the threshold. */
export const nodeStalled = invariant({
  id: "node-stalled",
  severity: "warning",
  symptom: "slow",
  measure: { series: ["stalled_ratio"], limit: "mostRatio" },
  graceMs: 15_000,
  rationale: "While a node is stalled, its clients wait and its counts are late.",
  thresholds: {
    stalledRatio: {
      default: 0.05,
      description: "Largest share of time in stalls of 100 ms or more",
    },
  },
  needs: ["nodes", "metrics"],
  reasons: ["runs", "stalled", "no-metrics", "node-silent"],
  check: ({ nodes, metrics }, { thresholds: { stalledRatio = 0 } }) => {
    const byAddress = new Map(metrics.map((own) => [own.address, own]));
    return judgeEach(nodes, (node) => judgeNode(node, byAddress.get(node.address), stalledRatio));
  },
});

type Reason = "runs" | "stalled" | "no-metrics" | "node-silent";

function judgeNode(
  { component, health }: NodeReading,
  metrics: NodeMetrics | undefined,
  mostRatio: number,
): Judgement<Reason> {
  const judgement = { entity: component, on: component };
  const stalledRatio = metrics?.stalledRatio;
  if ("failed" in health || stalledRatio === undefined) {
    const isSilent = "failed" in health;
    const why = isSilent ? "the node does not answer" : "its metrics were read only once";
    const reason = isSilent ? "node-silent" : "no-metrics";
    return { ...judgement, verdict: "unknown", reason, summary: `${component}: stalls unknown, ${why}`, evidence: {} };
  }
  const waitP99Ms = (metrics?.arrivalWaits?.p99Seconds ?? 0) * 1000;
  const evidence = { stalledRatio, mostRatio, waitP99Ms };
  const figure = `${component}: stalled ${percent(stalledRatio)} of the time`;
  if (stalledRatio <= mostRatio) return { ...judgement, verdict: "holds", reason: "runs", summary: figure, evidence };
  const summary = `${figure} (threshold ${percent(mostRatio)})`;
  return { ...judgement, verdict: "violated", reason: "stalled", summary, evidence };
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}
