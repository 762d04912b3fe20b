/** A diagnosis as text: the cause with its claims, those ruled out marked, and what was ruled out. */

import type { Diagnosis, RejectedOption, Suggestion } from "../../core/diagnosis/diagnosis.ts";
import { commandOf } from "../../core/safety/action-command.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import { isoTime } from "../time.ts";
import { renderCause, renderClaim } from "./claim.ts";
import { opinionWords } from "./second-opinion.ts";

/** Everything that an engine made of an incident, and what code made of that. */
export function renderDiagnosis(diagnosis: Diagnosis): readonly string[] {
  const { engine, observation, cause, confidence, propagation, options, suggestions, unknowns } = diagnosis;
  return [
    "",
    `Diagnosis by ${engine} at ${isoTime(diagnosis.atMs)}, confidence ${confidence}`,
    `  ${excerptOf(observation, 500)}`,
    ...(cause ? renderCause(cause) : ["  No cause was found"]),
    ...renderOpinion(diagnosis),
    ...propagation.map(({ from, to, how }) => `  from ${from} to ${to}: ${excerptOf(how)}`),
    ...options.map((option) => `  ruled out: ${optionWords(option)}`),
    ...suggestions.map((suggestion) => `  would fix it: ${suggestionWords(suggestion)}`),
    ...unknowns.map((unknown) => `  not known: ${excerptOf(unknown)}`),
  ];
}

function renderOpinion(diagnosis: Diagnosis): readonly string[] {
  const opinion = opinionWords(diagnosis);
  if (!opinion) return [];
  return [
    `  ${opinion.found}. ${opinion.agreement}`,
    ...opinion.claims.map(({ speaks, claim }) => `    ${speaks}: ${renderClaim(claim)}`),
  ];
}

function optionWords({ mechanism, component, rejectedBecause }: RejectedOption): string {
  return `${mechanism} of ${component}: ${excerptOf(rejectedBecause)}`;
}

function suggestionWords(suggestion: Suggestion): string {
  return `${commandOf(suggestion)} (${suggestion.risk}): ${excerptOf(suggestion.expectedEffect)}`;
}
