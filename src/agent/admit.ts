/** The gate between an engine and the record: what it says of itself is replaced by what code finds on the evidence. */

import * as v from "valibot";
import type { Evidence } from "../core/diagnosis/claims/mod.ts";
import { CONFIDENCE_CAP, Conclusion, type RejectedOption } from "../core/diagnosis/diagnosis.ts";
import { type Hypothesis, weigh } from "../core/diagnosis/hypothesis.ts";

/**
 * Parses what an engine answered, evaluates every claim again and computes every verdict again. A cause that its
 * claims do not carry becomes one more option that was ruled out.
 * @throws {v.ValiError} If the answer does not have the form of a conclusion.
 */
export function admitConclusion(answer: unknown, evidence: Evidence): Conclusion {
  const { cause: claimed, ...conclusion } = v.parse(Conclusion, answer);
  const cause = claimed && weigh(claimed, evidence);
  const carried = cause && cause.verdict !== "inconclusive" ? cause : undefined;
  return {
    ...conclusion,
    ...(carried && { cause: carried }),
    options: [
      ...(cause && !carried ? [setAside(cause)] : []),
      ...conclusion.options.map((option) => ({ ...option, ...weigh(option, evidence) })),
    ],
    confidence: Math.min(conclusion.confidence, CONFIDENCE_CAP[carried?.verdict ?? "inconclusive"]),
  };
}

function setAside(cause: Hypothesis): RejectedOption {
  return { ...cause, rejectedBecause: "Its claims do not carry it" };
}
