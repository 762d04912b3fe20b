/** Claims and causes in words: what was claimed, what code found of it, and whether that helps. */

import { wordsOf } from "../../core/diagnosis/claims/mod.ts";
import { type CheckedClaim, type Hypothesis, isRuledOut } from "../../core/diagnosis/hypothesis.ts";
import { excerptOf } from "../../core/text/excerpt.ts";

/** A claim in words, in parts that each kind of page puts together in its own way. */
export interface ClaimWords {
  /** Sign and side: `✓ for`, `✗ against`. */
  readonly mark: string;
  /** What was found where it is so, what was claimed where it is not. */
  readonly said: string;
  /** Found to be untrue. */
  readonly isStruck: boolean;
  /** What was found instead, or what follows from it. */
  readonly note?: string;
}

/** How a claim is marked: by whether it helps its cause. */
const MARKS = {
  for: { true: "✓ for", false: "✗ for", unknown: "? for" },
  against: { true: "✗ against", false: "✓ not", unknown: "? not" },
} as const satisfies Record<CheckedClaim["side"], Record<CheckedClaim["outcome"], string>>;

/** What a claim comes to. */
export function claimWords(claim: CheckedClaim): ClaimWords {
  const { outcome, side, figure, predicate } = claim;
  const said = excerptOf(outcome === "true" ? figure : wordsOf(predicate));
  const note = noteOf(claim);
  return { mark: MARKS[side][outcome], said, isStruck: isRuledOut(claim), ...(note !== undefined && { note }) };
}

/** A claim on one line. */
export function renderClaim({ mark, said, note }: ClaimWords): string {
  return `${mark}: ${said}${note === undefined ? "" : ` (${note})`}`;
}

/** A cause with its claims, each marked by what code found of it. */
export function renderCause({ mechanism, component, verdict, summary, claims }: Hypothesis): readonly string[] {
  return [
    `  ${mechanism} of ${component}: ${verdict}. ${excerptOf(summary)}`,
    ...claims.map((claim) => `    ${renderClaim(claimWords(claim))}`),
  ];
}

function noteOf({ outcome, side, figure, persistent }: CheckedClaim): string | undefined {
  if (outcome === "false") return `${side === "for" ? "not so: " : ""}${excerptOf(figure)}`;
  if (outcome === "unknown") return `not known: ${excerptOf(figure)}`;
  return persistent ? "must be gone once it is fixed" : undefined;
}
