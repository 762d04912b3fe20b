/**
 * The diagnosis by `rules` on every fault of every lab, three runs each, with pairs, healthy bursts and cases of which the
 * telemetry is withheld. What was tried at a commit is not tried again there; `--subject ID` tries one lab, `--only FAULT`
 * some faults, `--seed N` others; `--for 10m` ends each lab after so long, and the next run goes on. `--from COMMIT` makes no
 * trial: what was recorded at that commit is diagnosed again as it is now.
 */

import { mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { parseCase } from "../../src/agent/case/case.ts";
import { rules } from "../../src/agent/engines/rules/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import { LABS } from "../../src/subjects/labs.ts";
import { type Answer, answersToAll } from "../../src/trials/eval/answers.ts";
import { planTrials } from "../../src/trials/eval/plan.ts";
import { readResults } from "../../src/trials/eval/results.ts";
import { type Scores, scoresOf, type TrialRow } from "../../src/trials/eval/score.ts";
import { withheld } from "../../src/trials/eval/withhold.ts";
import { BRAINS, brainTrials, meanScore } from "../agent/engines/claude/brain-trials.ts";
import type { Proof, ProofOptions } from "./mod.ts";
import { startOperator } from "./operator.ts";

const RECORDS = join(import.meta.dir, "../../.operator");

const Kept = v.object({ cases: v.array(v.unknown()) });

/** Least shares. */
const GOALS = { component: 0.92, exact: 0.85, silent: 0.95 } as const;

/** Runs of each fault. */
const TRIALS = 3;

/** Runs `operator eval` on a cluster of each lab; holds where every goal is met on each, and nobody was sure of something wrong. */
export async function proveEval(options: ProofOptions): Promise<Proof> {
  mkdirSync(RECORDS, { recursive: true });
  const subjects = [...LABS.keys()].filter((id) => options.subject === undefined || options.subject === id);
  const parts: Proof[] = [];
  for (const subject of subjects) parts.push(await evaluated(subject, options));
  const isPartial = parts.some(({ held }) => held === "partial");
  return {
    held: isPartial && parts.every(({ held }) => held !== false) ? "partial" : parts.every(({ held }) => held === true),
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

async function evaluated(subject: string, options: ProofOptions): Promise<Proof> {
  const { commit, seed = 1, from = commit } = options;
  const name = `eval-${subject}-${from}-${seed}`;
  const files = { results: join(RECORDS, `${name}.jsonl`), cases: join(RECORDS, name) };
  if (options.from === undefined) await makeTrials(subject, { ...options, ...files });
  const lab = await LABS.get(subject)?.();
  const planned = planTrials(lab?.faults ?? [], { trials: TRIALS, seed });
  const seeds = new Map(planned.map((trial) => [trial.id, trial.seed]));
  const rows: TrialRow[] = [];
  const asMade = readResults(files.results);
  const first = scoresOf(asMade).find((one) => one.name === rules.id);
  for (const row of asMade) rows.push(await diagnosedAgain(row, { cases: files.cases, seeds }));
  const scores = scoresOf(rows);
  const byRules = scores.find((one) => one.name === rules.id);
  const made = rows.filter(({ kind }) => kind !== "withheld").length;
  const isWhole = made === planned.length;
  return {
    held: byRules && !isMet(byRules) ? false : isWhole || "partial",
    figures: [
      `### ${subject}: ${made} of ${planned.length} trials${isWhole ? "" : " (partial)"}, seed ${seed}`,
      `Made at ${from}, diagnosed at ${commit}; the slowest diagnosis, baselines included, took ${slowestMs(rows)} ms.`,
      `As \`rules\` answered when each trial was made: ${first ? tableOf([first]).split("\n").at(-1) : "nothing"}`,
      tableOf(scores),
      ["By kind, `rules`:", "", ...byKind(rows)].join("\n"),
    ].join("\n\n"),
  };
}

async function makeTrials(
  subject: string,
  { seed = 1, only, forText, results, cases }: ProofOptions & { readonly results: string; readonly cases: string },
): Promise<void> {
  await using operator = await startOperator({}, subject);
  const where = ["--subject", subject, "--seed", String(seed), "--results", results, "--cases", cases];
  const until = forText === undefined ? [] : ["--for", forText];
  const faults = only.flatMap((fault) => ["--faults", fault]);
  await operator.run("eval", "--resume", "--trials", String(TRIALS), ...where, ...until, ...faults);
}

interface Recorded {
  /** Folder of the cases. */
  readonly cases: string;
  readonly seeds: ReadonlyMap<string, number>;
}

/** The same trial as it is diagnosed now. */
async function diagnosedAgain(row: TrialRow, { cases, seeds }: Recorded): Promise<TrialRow> {
  if (row.untried !== undefined) return row;
  const id = row.id.replace(/^withheld\//, "");
  const kept = v.parse(Kept, await Bun.file(join(cases, `${id.replaceAll("/", "-")}.json`)).json());
  const whole = kept.cases.map(parseCase);
  const shown = row.kind === "withheld" ? whole.slice(0, 1).map(withheld) : whole;
  const begun = performance.now();
  const seed = seeds.get(id) ?? 0;
  const answers = await answersToAll(shown, {
    engine: rules,
    seed,
    clock: systemClock,
    signal: AbortSignal.timeout(60_000),
  });
  return { ...row, answers, tookMs: performance.now() - begun };
}

function slowestMs(rows: readonly TrialRow[]): number {
  return Math.round(Math.max(0, ...rows.map(({ tookMs }) => tookMs)));
}

function isMet(scores: Scores): boolean {
  const goals = Object.entries(GOALS).every(([name, least]) => {
    const { count, of } = scores[name === "component" || name === "exact" ? name : "silent"];
    return of > 0 && count / of >= least;
  });
  return goals && scores.sureAndWrong.count === 0;
}

function tableOf(scores: readonly Scores[]): string {
  const shares = ({ component, exact, sureAndWrong, silent }: Scores): string =>
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
function byKind(rows: readonly TrialRow[]): readonly string[] {
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

function isRight({ truths, answers }: TrialRow): boolean {
  const said = answers["rules"] ?? [];
  if (truths.length === 0) return said.length === 0;
  return truths.every((truth) => said.some((one) => causes([one]) === causes([truth])));
}

function causes(named: readonly Pick<Answer, "component" | "mechanism">[]): string {
  return named.map(({ component, mechanism }) => `${mechanism} of ${component}`).join(" and ") || "nothing";
}
