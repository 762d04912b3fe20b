/**
 * Compares what each node enforces with the other nodes and with the intended settings. A wrong setting of most nodes
 * is a violation of the cluster, one of a few nodes is a violation of those nodes. For a registered node that is not
 * configured, only the hash of its settings is known.
 */

import type { Judgement } from "../../../core/subject/invariant.ts";
import type { Component } from "../../../core/system/picture.ts";
import type { RunningConfig } from "../client/replies.ts";
import { invariant, type NodeReading } from "../observation.ts";
import { commonConfig, differencesOf, namedSettings, type Settings } from "../running-config.ts";
import { strangersOf } from "../strangers.ts";
import { CLUSTER } from "../topology.ts";

/** All nodes run as intended, and alike. */
export const configAgreement = invariant({
  id: "config-agreement",
  severity: "critical",
  symptom: "configuration",
  graceMs: 10_000,
  rationale: "Nodes that enforce different limits, algorithms or policies allow more or less than intended.",
  needs: ["nodes"],
  sees: ["register"],
  reasons: ["as-intended", "differs", "no-majority", "not-read"],
  check: ({ nodes, register }, { config }) => {
    const { intended } = config;
    const common = commonConfig(nodes);
    const known = new Set<string>(nodes.map(({ component }) => component));
    const { components } = strangersOf({ nodes: { value: nodes, atMs: register.atMs }, register }, config);
    return [
      judgeCluster(common, intended),
      ...nodes.map((node) => judgeNode(node, common ?? intended)),
      ...components.filter(({ id }) => !known.has(id)).map((one) => judgeStranger(one, common)),
    ];
  },
});

type Reason = "as-intended" | "differs" | "no-majority" | "not-read";

function judgeCluster(common: Settings | undefined, intended: Settings): Judgement<Reason> {
  const judgement = { entity: CLUSTER, on: CLUSTER };
  if (!common) {
    const summary = "No configuration is shared by most nodes";
    return { ...judgement, verdict: "unknown", reason: "no-majority", summary, evidence: {} };
  }
  const evidence = { ...namedSettings("running", common), ...namedSettings("intended", intended) };
  const differences = differencesOf(common, intended);
  if (differences === "") {
    return {
      ...judgement,
      verdict: "holds",
      reason: "as-intended",
      summary: "Most nodes have the intended configuration",
      evidence,
    };
  }
  return {
    ...judgement,
    verdict: "violated",
    reason: "differs",
    summary: `Most nodes run with ${differences}`,
    evidence,
  };
}

function judgeStranger({ id, configHash }: Component, common: RunningConfig | undefined): Judgement<Reason> {
  const judgement = { entity: id, on: id };
  if (common === undefined || configHash === undefined) {
    const summary = `${id}: configuration unknown, ${common ? "not reported" : "none is shared by most nodes"}`;
    return { ...judgement, verdict: "unknown", reason: common ? "not-read" : "no-majority", summary, evidence: {} };
  }
  const evidence = { runningHash: configHash, wantedHash: common.configHash };
  if (configHash === common.configHash) {
    return {
      ...judgement,
      verdict: "holds",
      reason: "as-intended",
      summary: `${id} has the configuration of most nodes`,
      evidence,
    };
  }
  const summary = `${id}: configuration differs from most nodes (hash ${configHash}, expected ${common.configHash})`;
  return { ...judgement, verdict: "violated", reason: "differs", summary, evidence };
}

function judgeNode({ component, config }: NodeReading, wanted: Settings): Judgement<Reason> {
  const judgement = { entity: component, on: component };
  if ("failed" in config) {
    const summary = `${component}: configuration unknown, ${config.failed}`;
    return { ...judgement, verdict: "unknown", reason: "not-read", summary, evidence: {} };
  }
  const evidence = { ...namedSettings("running", config.value), ...namedSettings("wanted", wanted) };
  const differences = differencesOf(config.value, wanted);
  if (differences === "") {
    return {
      ...judgement,
      verdict: "holds",
      reason: "as-intended",
      summary: `${component} has the intended configuration`,
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
