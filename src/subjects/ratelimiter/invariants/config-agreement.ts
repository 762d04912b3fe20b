/**
 * Judges what each node enforces against the others and against what the watcher was told. A wrong setting that most
 * nodes share is the cluster's fault, one that a few have is theirs.
 */

import type { Judgement } from "../../../core/subject/invariant.ts";
import { invariant, type NodeReading } from "../observation.ts";
import { commonConfig, differencesOf, namedSettings, type Settings } from "../running-config.ts";
import { CLUSTER } from "../topology.ts";

/** All nodes run as intended, and alike. */
export const configAgreement = invariant({
  id: "config-agreement",
  severity: "critical",
  symptom: "configuration",
  graceMs: 10_000,
  rationale: "Nodes that enforce different limits, algorithms or policies let more or less through than was meant.",
  needs: ["nodes"],
  reasons: ["as-intended", "differs", "no-majority", "not-read"],
  check: ({ nodes }, { config: { intended } }) => {
    const common = commonConfig(nodes);
    return [judgeCluster(common, intended), ...nodes.map((node) => judgeNode(node, common ?? intended))];
  },
});

type Reason = "as-intended" | "differs" | "no-majority" | "not-read";

function judgeCluster(common: Settings | undefined, intended: Settings): Judgement<Reason> {
  const judgement = { entity: CLUSTER, on: CLUSTER };
  if (!common) {
    const summary = "No configuration is that of most nodes";
    return { ...judgement, verdict: "unknown", reason: "no-majority", summary, evidence: {} };
  }
  const evidence = { ...namedSettings("running", common), ...namedSettings("intended", intended) };
  const differences = differencesOf(common, intended);
  if (differences === "") {
    return { ...judgement, verdict: "holds", reason: "as-intended", summary: "Most nodes run as intended", evidence };
  }
  return {
    ...judgement,
    verdict: "violated",
    reason: "differs",
    summary: `Most nodes run with ${differences}`,
    evidence,
  };
}

function judgeNode({ component, config }: NodeReading, wanted: Settings): Judgement<Reason> {
  const judgement = { entity: component, on: component };
  if ("failed" in config) {
    const summary = `Cannot tell how ${component} runs: ${config.failed}`;
    return { ...judgement, verdict: "unknown", reason: "not-read", summary, evidence: {} };
  }
  const evidence = { ...namedSettings("running", config.value), ...namedSettings("wanted", wanted) };
  const differences = differencesOf(config.value, wanted);
  if (differences === "") {
    return {
      ...judgement,
      verdict: "holds",
      reason: "as-intended",
      summary: `${component} runs as it should`,
      evidence,
    };
  }
  return {
    ...judgement,
    verdict: "violated",
    reason: "differs",
    summary: `${component} runs with ${differences}`,
    evidence,
  };
}
