/**
 * The diagnosis by `rules` on every fault of every lab, three runs each, with pairs, healthy bursts and cases of which the
 * telemetry is withheld. What was tried at a commit is not tried again there; `--subject ID` tries one lab, `--only FAULT`
 * some faults, `--seed N` others; `--for 10m` ends each lab after so long, and the next run goes on.
 */

import { mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { LABS } from "../../src/subjects/labs.ts";
import { BRAINS, brainTrials, meanScore } from "../agent/engines/claude/brain-trials.ts";
import type { Proof, ProofOptions } from "./mod.ts";
import { startOperator } from "./operator.ts";

const RECORDS = join(import.meta.dir, "../../.operator");

/** Least shares. */
const GOALS = { component: 0.92, exact: 0.85, silent: 0.95 } as const;

const Share = v.object({ count: v.number(), of: v.number(), low: v.number(), high: v.number() });
const Named = v.object({ component: v.string(), mechanism: v.string(), confidence: v.exactOptional(v.number()) });
const Row = v.object({
  id: v.string(),
  kind: v.string(),
  truths: v.array(Named),
  answers: v.record(v.string(), v.array(Named)),
  untried: v.exactOptional(v.string()),
});
const Scores = v.object({
  scores: v.array(v.object({ name: v.string(), component: Share, exact: Share, sureAndWrong: Share, silent: Share })),
  planned: v.number(),
});

type Row = v.InferOutput<typeof Row>;
type Scored = v.InferOutput<typeof Scores>["scores"][number];

/** Runs `operator eval` on a cluster of each lab; holds where every goal is met on each, and nobody was sure of something wrong. */
export async function proveEval(options: ProofOptions): Promise<Proof> {
  mkdirSync(RECORDS, { recursive: true });
  const subjects = [...LABS.keys()].filter((id) => options.subject === undefined || options.subject === id);
  const parts: Proof[] = [];
  for (const subject of subjects) parts.push(await evaluated(subject, options));
  return {
    held: parts.length > 0 && parts.every(({ held }) => held === true),
    figures: [
      ...parts.map(({ figures }) => figures),
      await brainsRanked(),
      `Intervals of 95 % by Wilson. Load of the machine at the end: ${loadavg()[2]?.toFixed(1)} (15 minutes). ` +
        "The engine that asks a model is not measured: no key.",
    ].join("\n\n"),
  };
}

/** Whether the score itself can tell good from bad: models of known quality, at recorded cases. */
async function brainsRanked(): Promise<string> {
  const trials = await brainTrials();
  const scored = Object.keys(BRAINS).map((name) => ({
    name,
    score: meanScore(trials.filter(({ brain }) => brain === name)),
  }));
  const lines = scored
    .toSorted((a, b) => b.score - a.score)
    .map(({ name, score }, place) => `| ${place + 1} | ${name} | ${score.toFixed(2)} |`);
  return [
    "Scripted brains, by their mean score (1 is right and cheap, below 0 is wrong and sure):",
    "",
    "| place | brain | score |",
    "|---|---|---|",
    ...lines,
  ].join("\n");
}

async function evaluated(subject: string, { commit, seed = 1, only, forText }: ProofOptions): Promise<Proof> {
  await using operator = await startOperator({}, subject);
  const faults = only.flatMap((fault) => ["--faults", fault]);
  const results = join(RECORDS, `eval-${subject}-${commit}-${seed}.jsonl`);
  const cases = join(RECORDS, `eval-${subject}-${commit}-${seed}`);
  const where = ["--subject", subject, "--seed", String(seed), "--results", results, "--cases", cases];
  const until = forText === undefined ? [] : ["--for", forText];
  const { stdout } = await operator.run("eval", "--resume", "--json", ...where, ...until, ...faults);
  const lines = stdout.trim().split("\n");
  const { scores, planned } = v.parse(Scores, JSON.parse(lines.at(-1) ?? "null"));
  const rows = lines.slice(0, -1).map((line) => v.parse(Row, JSON.parse(line)));
  const rules = scores.find(({ name }) => name === "rules");
  const made = rows.filter(({ kind }) => kind !== "withheld").length;
  return {
    held: made === planned && rules !== undefined && isMet(rules),
    figures: [
      `### ${subject}: ${made} of ${planned} trials${made < planned ? " (partial)" : ""}, seed ${seed}`,
      tableOf(scores),
      ["By kind of fault, `rules`:", "", ...byKind(rows)].join("\n"),
    ].join("\n\n"),
  };
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
    "| who | component | component and mechanism | above 0.8 and wrong | silent on health and without telemetry |",
    "|---|---|---|---|---|",
    ...scores.map((one) => `| ${one.name} | ${shares(one)} |`),
  ].join("\n");
}

/** A line for each kind of fault, with what was said where it was not right. */
function byKind(rows: readonly Row[]): readonly string[] {
  const kinds = Map.groupBy(rows, ({ id, kind }) => (kind === "fault" ? (id.split("/")[1] ?? id) : kind));
  const lines = [...kinds].map(([kind, own]) => {
    const tried = own.filter(({ untried }) => untried === undefined);
    const wrong = own.filter((row) => row.untried !== undefined || !isRight(row));
    const told = wrong.map(
      ({ id, truths, answers, untried }) =>
        `${id}: ${untried === undefined ? `said ${causes(answers["rules"] ?? [])}, true is ${causes(truths)}` : `not tried: ${untried}`}`,
    );
    return `| ${kind} | ${tried.filter(isRight).length} of ${tried.length} | ${told.join("; ")} |`;
  });
  return ["| kind | right | wrong or not tried |", "|---|---|---|", ...lines];
}

function isRight({ truths, answers }: Row): boolean {
  const said = answers["rules"] ?? [];
  if (truths.length === 0) return said.length === 0;
  return truths.every((truth) => said.some((one) => causes([one]) === causes([truth])));
}

function causes(named: readonly Pick<v.InferOutput<typeof Named>, "component" | "mechanism">[]): string {
  return named.map(({ component, mechanism }) => `${mechanism} of ${component}`).join(" and ") || "nothing";
}
