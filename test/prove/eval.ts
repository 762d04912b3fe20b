/**
 * The diagnosis by `rules` on every fault of the limiter, three runs each, with pairs, healthy bursts and cases of which the
 * telemetry is withheld. What was tried at a commit is not tried again there; `--only FAULT` tries some, `--seed N` others.
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { Proof, ProofOptions } from "./mod.ts";
import { startOperator } from "./operator.ts";

const RECORDS = join(import.meta.dir, "../../.operator");

/** Least shares. */
const GOALS = { component: 0.92, exact: 0.85, silent: 0.95 } as const;

const Share = v.object({ count: v.number(), of: v.number(), low: v.number(), high: v.number() });
const Scores = v.object({
  scores: v.array(v.object({ name: v.string(), component: Share, exact: Share, sureAndWrong: Share, silent: Share })),
});

type Scored = v.InferOutput<typeof Scores>["scores"][number];

/** Runs `operator eval` on a cluster of its own; holds where every goal is met and nobody was sure of something wrong. */
export async function proveEval({ commit, seed = 1, only }: ProofOptions): Promise<Proof> {
  mkdirSync(RECORDS, { recursive: true });
  await using operator = await startOperator();
  const faults = only.flatMap((fault) => ["--faults", fault]);
  const results = join(RECORDS, `eval-${commit}-${seed}.jsonl`);
  const where = ["--subject", "ratelimiter", "--seed", String(seed), "--results", results];
  const { stdout } = await operator.run("eval", "--resume", "--json", ...where, ...faults);
  const last: unknown = JSON.parse(stdout.trim().split("\n").at(-1) ?? "null");
  const { scores } = v.parse(Scores, last);
  const rules = scores.find(({ name }) => name === "rules");
  return { held: rules !== undefined && isMet(rules), figures: tableOf(scores) };
}

function isMet(scores: Scored): boolean {
  const goals = Object.entries(GOALS).every(([name, least]) => {
    const { count, of } = scores[name === "component" || name === "exact" ? name : "silent"];
    return of > 0 && count / of >= least;
  });
  return goals && scores.sureAndWrong.count === 0;
}

function tableOf(scores: readonly Scored[]): string {
  const shares = ({ component, exact, sureAndWrong, silent }: Scored): string =>
    [component, exact, sureAndWrong, silent]
      .map(({ count, of, low, high }) => `${count} of ${of} (${Math.round(low * 100)}–${Math.round(high * 100)} %)`)
      .join(" | ");
  return [
    "| who | component named | and mechanism | above 0.8 and wrong | silent on health and without telemetry |",
    "|---|---|---|---|---|",
    ...scores.map((one) => `| ${one.name} | ${shares(one)} |`),
    "",
    "Intervals of 95 % by Wilson. The engine that asks a model is not measured: no key.",
  ].join("\n");
}
