/** Nodes stay exact while a Redis Cluster, or a Redis behind Sentinels, is resharded, fails over, hangs and loses slots. */

import { CLUSTER } from "./cluster/cluster-scenarios.ts";
import { type Outcome, type RunOptions, runScenarios } from "./cluster/run.ts";
import { SENTINEL } from "./cluster/sentinel-scenarios.ts";
import type { Proof } from "./mod.ts";

/** Proves it for both, or for the scenarios that `SCENARIOS` names, such as `reshard,kill`. */
export async function proveCluster(): Promise<Proof> {
  const only = (process.env["SCENARIOS"] ?? "").split(",").filter(Boolean);
  const options: RunOptions = { watched: true, only, onOutcome: (outcome) => console.log(rowOf(outcome)) };
  const outcomes = [...(await runScenarios(CLUSTER, options)), ...(await runScenarios(SENTINEL, options))];
  const broken = outcomes.flatMap(({ setting, scenario, broken: words }) =>
    words.map((word) => `- ${setting}, ${scenario}: ${word}`),
  );
  return {
    held: outcomes.length > 0 && broken.length === 0,
    figures: [HEAD, ...outcomes.map(rowOf), "", ...broken].join("\n"),
  };
}

const HEAD = [
  "| Redis | scenario | checks | by policy | recovery ms | management ms | unanswered | most by Redis | most in all | lost writes | above the limit | not explained | /health said | watch said |",
  "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
].join("\n");

function rowOf(outcome: Outcome): string {
  const { setting, scenario, checks, byPolicy, recoveryMs, managementMs, unanswered, mostByRedis, most } = outcome;
  const { over, unexplained, losses, health, watch } = outcome;
  const lost = losses.map(({ writes, fromMs, toMs }) => `${writes} within ${Math.ceil(toMs - fromMs)} ms`).join(", ");
  const said = [health, watch].map((words) => words.join(", ") || "–");
  const cells = [setting, scenario, checks, byPolicy, recoveryMs, managementMs, unanswered, mostByRedis, most];
  return `| ${[...cells, lost || "none", over, unexplained, ...said].join(" | ")} |`;
}
