/** What a replay came to, as text. */

import { excerptOf } from "../../core/text/excerpt.ts";

/** What is told of a replay. */
export interface ReplayView {
  /** Steps that were the same. */
  readonly same: number;
  /** The first that was not. */
  readonly difference?: {
    readonly step: number;
    readonly was?: string;
    readonly is?: string;
    readonly at?: string;
  };
}

/** Whether it was the same, else where it first was not. */
export function renderReplay({ same, difference }: ReplayView): readonly string[] {
  if (!difference) return [`Identical: ${same} steps, the same conclusion`];
  const { step, was, is, at } = difference;
  return [
    `Step ${step} differs, after ${same} that are the same`,
    `  was  ${was === undefined ? "nothing: the record ends here" : excerptOf(was, 500)}`,
    `  is   ${is === undefined ? "nothing: it ends here" : excerptOf(is, 500)}`,
    ...(at === undefined ? [] : [`  at   ${excerptOf(at, 200)}`]),
  ];
}
