/** Where two engines agree on an incident, and which claims decide between them, in words. */

import { type Agreement, compareCauses } from "../../core/diagnosis/agreement.ts";
import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import type { CheckedClaim } from "../../core/diagnosis/hypothesis.ts";
import { formatIso } from "../../core/text/units.ts";
import { type ClaimWords, claimWords } from "./claim.ts";

/** What a second engine found, held against the first. */
export interface OpinionWords {
  /** What it found. */
  readonly found: string;
  /** How far both agree, as a sentence without full stop. */
  readonly agreement: string;
  readonly claims: readonly OpinionClaim[];
}

/** A claim, and for whom it speaks. */
export interface OpinionClaim {
  /** As in `cited by both` or `speaks for rules`. */
  readonly speaks: string;
  readonly claim: ClaimWords;
}

/** Claims of each kind that are named. */
const MOST_CLAIMS = 4;

const AGREEMENT: Readonly<Record<Agreement, string>> = {
  same: "Both agree",
  "same-component": "They agree on the component, not on the mechanism",
  "other-cause": "They disagree",
  "only-first": "Only one of them found a cause",
  "only-second": "Only one of them found a cause",
  neither: "Both agree that no cause is shown",
};

/** Nothing where one engine alone has worked on it. */
export function opinionWords(
  diagnosis: Pick<Diagnosis, "engine" | "cause" | "secondOpinion">,
): OpinionWords | undefined {
  const { engine, cause, secondOpinion } = diagnosis;
  if (!secondOpinion) return undefined;
  const { engine: other, cause: second, atMs } = secondOpinion;
  const { agreement, shared, forFirst, forSecond } = compareCauses(cause, secondOpinion);
  const when = atMs === undefined ? "" : ` at ${formatIso(atMs)}`;
  const what = second ? `${second.mechanism} of ${second.component} (${second.verdict})` : "no cause";
  return {
    found: `${other} found ${what}${when}`,
    agreement: AGREEMENT[agreement],
    claims: [
      ...named("cited by both", shared),
      ...(agreement === "same" ? [] : decisive(engine, other, forFirst)),
      ...(agreement === "same" ? [] : decisive(other, engine, forSecond)),
    ],
  };
}

/** What bears one of them out, and what the data ruled out of the other. */
function decisive(engine: string, other: string, claims: readonly CheckedClaim[]): readonly OpinionClaim[] {
  return [
    ...named(`speaks for ${engine}`, claims.filter(isOwn)),
    ...named(
      `speaks against ${other}`,
      claims.filter((claim) => !isOwn(claim)),
    ),
  ];
}

/** Whether its outcome supports the cause. */
function isOwn({ side, outcome }: CheckedClaim): boolean {
  return side === "for" && outcome === "true";
}

function named(speaks: string, claims: readonly CheckedClaim[]): readonly OpinionClaim[] {
  return claims.slice(0, MOST_CLAIMS).map((claim) => ({ speaks, claim: claimWords(claim) }));
}
