/** A diagnosis as text: the cause with its claims, those ruled out marked, and what was ruled out. */

import { type Agreement, compareCauses } from "../../core/diagnosis/agreement.ts";
import { wordsOf } from "../../core/diagnosis/claims/mod.ts";
import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import type { CheckedClaim, Hypothesis } from "../../core/diagnosis/hypothesis.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import { isoTime } from "../time.ts";

/** How a claim is marked: by whether it helps its cause. */
const MARKS = {
  for: { true: "✓ for", false: "✗ for", unknown: "? for" },
  against: { true: "✗ against", false: "✓ not", unknown: "? not" },
} as const satisfies Record<CheckedClaim["side"], Record<CheckedClaim["outcome"], string>>;

/** Everything that an engine made of an incident, and what code made of that. */
export function renderDiagnosis(diagnosis: Diagnosis): readonly string[] {
  const { engine, observation, cause, confidence, propagation, options, suggestions, unknowns } = diagnosis;
  return [
    "",
    `Diagnosis by ${engine} at ${isoTime(diagnosis.atMs)}, confidence ${confidence}`,
    `  ${excerptOf(observation, 500)}`,
    ...(cause ? renderCause(cause) : ["  No cause was found"]),
    ...renderSecondOpinion(diagnosis),
    ...propagation.map(({ from, to, how }) => `  from ${from} to ${to}: ${excerptOf(how)}`),
    ...options.map(
      (option) => `  ruled out: ${option.mechanism} of ${option.component}: ${excerptOf(option.rejectedBecause)}`,
    ),
    ...suggestions.map(
      ({ action, input, risk, expectedEffect }) =>
        `  would fix it: ${action} ${excerptOf(JSON.stringify(input))} (${risk}): ${excerptOf(expectedEffect)}`,
    ),
    ...unknowns.map((unknown) => `  not known: ${excerptOf(unknown)}`),
  ];
}

/** What another engine found: whether that is the same, and which claims decide between both where it is not. */
function renderSecondOpinion({ engine, cause, secondOpinion }: Diagnosis): readonly string[] {
  if (!secondOpinion) return [];
  const { engine: other, cause: second } = secondOpinion;
  const { agreement, forFirst, forSecond } = compareCauses(cause, secondOpinion);
  const said = second ? `${second.mechanism} of ${second.component} (${second.verdict})` : "no cause";
  return [
    `  ${other} found ${said}: ${AGREEMENT[agreement]}`,
    ...(agreement === "same" ? [] : [...decides(engine, forFirst), ...decides(other, forSecond)]),
  ];
}

function decides(by: string, claims: readonly CheckedClaim[]): readonly string[] {
  return claims.slice(0, MOST_DECIDING).map((claim) => `    decides for ${by}: ${renderClaim(claim)}`);
}

/** Claims of each side that are named. */
const MOST_DECIDING = 4;

const AGREEMENT: Readonly<Record<Agreement, string>> = {
  same: "both agree",
  "same-component": "both agree on the component, not on the mechanism",
  "other-cause": "they disagree",
  "only-first": "only one of them found a cause",
  "only-second": "only one of them found a cause",
  neither: "both agree that none is shown",
};

/** A cause with its claims, each marked by what code found of it. */
export function renderCause({ mechanism, component, verdict, summary, claims }: Hypothesis): readonly string[] {
  return [
    `  ${mechanism} of ${component}: ${verdict}. ${excerptOf(summary)}`,
    ...claims.map((claim) => `    ${renderClaim(claim)}`),
  ];
}

function renderClaim({ outcome, side, figure, persistent, predicate }: CheckedClaim): string {
  const said = outcome === "true" ? excerptOf(figure) : excerptOf(wordsOf(predicate));
  const text = `${MARKS[side][outcome]}: ${said}`;
  if (outcome === "false") return `${text} (${side === "for" ? "not so: " : ""}${excerptOf(figure)})`;
  if (outcome === "unknown") return `${text} (not known: ${excerptOf(figure)})`;
  return persistent ? `${text} (must be gone once it is fixed)` : text;
}
