/** Scores the answers of an evaluation against the ground truth. Pure. */

import { type Share, wilson } from "../../core/system/statistics/wilson.ts";
import type { Truth } from "../score.ts";
import type { Answer, Answers } from "./answers.ts";
import type { TrialKind } from "./plan.ts";

/** The result of one trial. */
export interface TrialRow {
  readonly id: string;
  /** `withheld`: the same fault, its telemetry missing. */
  readonly kind: TrialKind | "withheld";
  /** Names of the faults; empty in a healthy trial. */
  readonly faults: readonly string[];
  /** The broken components and mechanisms; empty if no cause must be named. */
  readonly truths: readonly Truth[];
  readonly answers: Answers;
  /** Milliseconds that the engine took. */
  readonly tookMs: number;
  /** Why it could not be tried; then it is not scored. */
  readonly untried?: string;
  /** Present if the deployment is emulated. */
  readonly emulated?: true;
}

/** Score of one engine or baseline. */
export interface Scores {
  readonly name: string;
  /** Faults whose component it named. */
  readonly component: Share;
  /** Faults whose component and mechanism it named. */
  readonly exact: Share;
  /** Trials in which it was confident in a wrong component or mechanism. */
  readonly sureAndWrong: Share;
  /** Trials without a cause to be found in which it named none. */
  readonly silent: Share;
}

/** Confidence above which an answer counts as confident. */
const SURE = 0.8;

/** Scores every engine and baseline, in the order of the first row. */
export function scoresOf(rows: readonly TrialRow[]): readonly Scores[] {
  const tried = rows.filter(({ untried }) => untried === undefined);
  const names = [...new Set(tried.flatMap(({ answers }) => Object.keys(answers)))];
  return names.map((name) => {
    const broken = tried.flatMap(({ truths, answers }) =>
      truths.map((truth) => ({ truth, said: answers[name] ?? [] })),
    );
    const quiet = tried.filter(({ truths }) => truths.length === 0);
    const count = (isRight: (answer: Answer, truth: Truth) => boolean): Share =>
      wilson(broken.filter(({ truth, said }) => said.some((answer) => isRight(answer, truth))).length, broken.length);
    return {
      name,
      component: count((answer, truth) => answer.component === truth.component),
      exact: count((answer, truth) => answer.component === truth.component && answer.mechanism === truth.mechanism),
      sureAndWrong: wilson(tried.filter((row) => isSureAndWrong(row, name)).length, tried.length),
      silent: wilson(quiet.filter(({ answers }) => (answers[name] ?? []).length === 0).length, quiet.length),
    };
  });
}

function isSureAndWrong({ truths, answers }: TrialRow, name: string): boolean {
  return (answers[name] ?? []).some(
    (answer) =>
      answer.confidence > SURE &&
      !truths.some(({ component, mechanism }) => component === answer.component && mechanism === answer.mechanism),
  );
}
