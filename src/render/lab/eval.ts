/** The outcome of an evaluation as text: who names how much, and every trial that went wrong. */

import type { Share } from "../../core/system/statistics/wilson.ts";
import { tableLines } from "../table.ts";

/** How well one of those who answered does. */
export interface EvaluatedScores {
  readonly name: string;
  readonly component: Share;
  readonly exact: Share;
  readonly sureAndWrong: Share;
  readonly silent: Share;
}

/** One trial, as far as it is told. */
export interface EvaluatedTrial {
  readonly id: string;
  readonly truths: readonly Named[];
  readonly answers: Readonly<Record<string, readonly Named[]>>;
  readonly untried?: string;
}

interface Named {
  readonly component: string;
  readonly mechanism: string;
}

/** The table of scores, then a line for each trial in which the engine was wrong or that could not be made. */
export function renderEval(
  engine: string,
  scores: readonly EvaluatedScores[],
  trials: readonly EvaluatedTrial[],
): readonly string[] {
  const rows = scores.map(({ name, component, exact, sureAndWrong, silent }) => [
    name,
    ...[component, exact, sureAndWrong, silent].map(shareText),
  ]);
  const wrong = trials.filter((trial) => trial.untried !== undefined || !isRight(trial, engine));
  return [
    ...tableLines([["WHO", "COMPONENT", "AND MECHANISM", "CONFIDENT AND WRONG", "CORRECTLY SILENT"], ...rows]),
    "Shares of all trials, with the 95 % interval by Wilson",
    ...(wrong.length > 0 ? ["", ...wrong.map((trial) => renderEvaluated(engine, trial))] : []),
  ];
}

/** What became of one trial, in one line. */
export function renderEvaluated(engine: string, { id, truths, answers, untried }: EvaluatedTrial): string {
  if (untried !== undefined) return `${id}: not run: ${untried}`;
  const said = (answers[engine] ?? []).map(causeText).join(" and ") || "nothing";
  return `${id}: ${engine} said ${said}, true is ${truths.map(causeText).join(" and ") || "nothing"}`;
}

function isRight({ truths, answers }: EvaluatedTrial, engine: string): boolean {
  const said = new Set((answers[engine] ?? []).map(causeText));
  return truths.length === 0 ? said.size === 0 : truths.every((truth) => said.has(causeText(truth)));
}

function causeText({ component, mechanism }: Named): string {
  return `${mechanism} of ${component}`;
}

function shareText({ count, of, low, high }: Share): string {
  if (of === 0) return "-";
  return `${count} of ${of} (${Math.round(low * 100)}–${Math.round(high * 100)} %)`;
}
