/** Judges the p99 latency of each node's checks in the last seconds, as clients see it. */

import { type Judgement, judgeEach, NO_TRAFFIC, type Thresholds } from "../../../core/subject/invariant.ts";
import { clientP99Seconds } from "../client/client-latency.ts";
import type { NodeMetrics, Slowest } from "../client/node-metrics.ts";
import { invariant, type NodeReading } from "../observation.ts";

/** The p99 latency of each node, as clients see it, is within the threshold. */
export const latencyP99 = invariant({
  id: "latency-p99",
  severity: "warning",
  symptom: "slow",
  measure: { series: ["check_duration_p99_seconds", "arrival_wait_p99_seconds"], limit: "limitMs" },
  graceMs: 60_000,
  rationale: "Every request of every client waits for its check.",
  thresholds: {
    latencyMs: { default: 50, description: "Largest p99 latency of checks" },
    minimumCount: { default: 20, description: "Fewest checks for a verdict on slow handling" },
  },
  needs: ["nodes", "metrics"],
  reasons: ["fast", "slow", "late-start", NO_TRAFFIC, "too-few", "no-metrics", "node-silent"],
  check: ({ nodes, metrics }, { thresholds }) => {
    const byAddress = new Map(metrics.map((own) => [own.address, own]));
    return judgeEach(nodes, (node) => judgeNode(node, byAddress.get(node.address), thresholds));
  },
});

type Reason = "fast" | "slow" | "late-start" | typeof NO_TRAFFIC | "too-few" | "no-metrics" | "node-silent";

function judgeNode(
  { component, health }: NodeReading,
  metrics: NodeMetrics | undefined,
  thresholds: Thresholds,
): Judgement<Reason> {
  const judgement = { entity: component, on: component, evidence: {} };
  if ("failed" in health) {
    const summary = `${component}: latency unknown, the node does not answer`;
    return { ...judgement, verdict: "unknown", reason: "node-silent", summary };
  }
  if (!metrics?.checks) {
    const summary = `${component}: latency unknown, its metrics were read only once`;
    return { ...judgement, verdict: "unknown", reason: "no-metrics", summary };
  }
  return { ...judgement, ...judgeChecks(component, { ...metrics, checks: metrics.checks }, thresholds) };
}

type Said = Pick<Judgement<Reason>, "verdict" | "reason" | "summary" | "evidence">;

function judgeChecks(
  component: string,
  { checks, arrivalWaits }: Pick<NodeMetrics, "arrivalWaits"> & { readonly checks: Slowest },
  { latencyMs = 0, minimumCount = 0 }: Thresholds,
): Said {
  const p99Ms = msOf(clientP99Seconds(checks, arrivalWaits));
  const handlerP50Ms = msOf(checks.p50Seconds);
  const waitP99Ms = msOf(arrivalWaits?.p99Seconds);
  const evidence = {
    p99Ms,
    handlerP50Ms,
    handlerP99Ms: msOf(checks.p99Seconds),
    waitP99Ms,
    checkCount: checks.count,
    limitMs: latencyMs,
  };
  if (checks.count === 0) {
    const summary = `${component}: latency unknown, no checks`;
    return { verdict: "unknown", reason: NO_TRAFFIC, summary, evidence };
  }
  const figure = `${component}: p99 latency ${p99Ms.toFixed(1)} ms`;
  if (p99Ms <= latencyMs) return { verdict: "holds", reason: "fast", summary: figure, evidence };
  const summary = `${figure} (threshold ${latencyMs} ms)`;
  // The estimated wait does not depend on the number of requests.
  if (waitP99Ms >= handlerP50Ms && waitP99Ms + handlerP50Ms > latencyMs) {
    const waits = `${summary}, most of it before the node reads the request`;
    return { verdict: "violated", reason: "late-start", summary: waits, evidence };
  }
  if (checks.count >= minimumCount) return { verdict: "violated", reason: "slow", summary, evidence };
  return {
    verdict: "unknown",
    reason: "too-few",
    summary: `${figure}, too few checks for a verdict (${checks.count})`,
    evidence,
  };
}

function msOf(seconds = 0): number {
  return seconds * 1000;
}
