/** A diagnosis as text: the cause with its claims, those ruled out marked, and what was ruled out. */

import { wordsOf } from "../../core/diagnosis/claims/mod.ts";
import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import type { CheckedClaim, Hypothesis } from "../../core/diagnosis/hypothesis.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import { isoTime } from "../time.ts";

/** How what code found of a claim is marked. */
const MARKS: Readonly<Record<CheckedClaim["outcome"], string>> = { true: "✓", false: "✗", unknown: "?" };

/** Everything that an engine made of an incident, and what code made of that. */
export function renderDiagnosis(diagnosis: Diagnosis): readonly string[] {
  const { engine, observation, cause, confidence, propagation, options, suggestions, unknowns } = diagnosis;
  return [
    "",
    `Diagnosis by ${engine} at ${isoTime(diagnosis.atMs)}, confidence ${confidence}`,
    `  ${excerptOf(observation, 500)}`,
    ...(cause ? renderCause(cause) : ["  No cause was found"]),
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

/** A cause with its claims, each marked by what code found of it. */
export function renderCause({ mechanism, component, verdict, summary, claims }: Hypothesis): readonly string[] {
  return [
    `  ${mechanism} of ${component}: ${verdict}. ${excerptOf(summary)}`,
    ...claims.map((claim) => `    ${renderClaim(claim)}`),
  ];
}

function renderClaim({ outcome, side, figure, persistent, predicate }: CheckedClaim): string {
  const said = outcome === "true" ? excerptOf(figure) : excerptOf(wordsOf(predicate));
  const text = `${MARKS[outcome]} ${side}: ${said}`;
  if (outcome === "false") return `${text} (ruled out: ${excerptOf(figure)})`;
  if (outcome === "unknown") return `${text} (not known: ${excerptOf(figure)})`;
  return persistent ? `${text} (must be gone once it is fixed)` : text;
}
