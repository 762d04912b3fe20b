/** The gate between an engine and the record: what it says of itself is replaced by what code finds on the evidence. */

import * as v from "valibot";
import type { Evidence } from "../core/diagnosis/claims/mod.ts";
import { CONFIDENCE_CAP, Conclusion, type RejectedOption } from "../core/diagnosis/diagnosis.ts";
import { type Hypothesis, weigh } from "../core/diagnosis/hypothesis.ts";

/**
 * Parses what an engine answered, evaluates every claim again and computes every verdict again. A cause that its
 * claims do not carry, or that accounts for none of the tickets, becomes one more option that was ruled out.
 * @throws {v.ValiError} If the answer does not have the form of a conclusion.
 */
export function admitConclusion(
  answer: unknown,
  evidence: Evidence,
  accountsForAny: (cause: Hypothesis) => boolean,
): Conclusion {
  const { cause: claimed, secondOpinion: second, ...conclusion } = v.parse(Conclusion, answer);
  const cause = claimed && weigh(claimed, evidence);
  const objection = cause && objectionTo(cause, accountsForAny);
  const carried = objection === undefined ? cause : undefined;
  return {
    ...conclusion,
    ...(carried && { cause: carried }),
    ...(second && { secondOpinion: { ...second, ...(second.cause && { cause: weigh(second.cause, evidence) }) } }),
    options: [
      ...(cause && objection !== undefined ? [setAside(cause, objection)] : []),
      ...conclusion.options.map((option) => ({ ...option, ...weigh(option, evidence) })),
    ],
    confidence: Math.min(conclusion.confidence, CONFIDENCE_CAP[carried?.verdict ?? "inconclusive"]),
  };
}

function objectionTo(cause: Hypothesis, accountsForAny: (cause: Hypothesis) => boolean): string | undefined {
  if (cause.verdict === "inconclusive") return "Its claims do not support it";
  return accountsForAny(cause) ? undefined : "It cannot cause any of the tickets";
}

function setAside(cause: Hypothesis, rejectedBecause: string): RejectedOption {
  return { ...cause, verdict: "inconclusive", rejectedBecause };
}
