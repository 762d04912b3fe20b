/** The cause of an incident that is over while something of what it brought about is left. */

import type { Conclusion } from "../core/diagnosis/diagnosis.ts";
import { freshEvidence } from "../core/diagnosis/fresh-evidence.ts";
import { type CheckedClaim, type Hypothesis, remainingClaims } from "../core/diagnosis/hypothesis.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import { entityKey } from "../core/tickets/entity-state.ts";
import type { Incident } from "../core/tickets/incident.ts";
import type { InvestigationOptions } from "./investigate.ts";

/** A cause of before, and whether anything is violated still. */
export interface Outlived {
  readonly cause: Hypothesis;
  readonly isViolated: boolean;
}

/** What was found at a look. */
export interface FoundAt {
  readonly now: Checkup;
  readonly conclusion: Pick<Conclusion, "cause">;
  readonly signal: AbortSignal;
}

/**
 * A cause of which something has recovered since: what is left came of it, and says nothing against it. One that was only
 * likely counts where nothing is violated any more, so that no other could be found. One that is found again counts where
 * nothing shows it any more but wrong results, which show for as long as they are judged.
 */
export async function outlived(
  { id, instance }: Pick<Incident, "id" | "instance">,
  { now, conclusion, signal }: FoundAt,
  options: InvestigationOptions,
): Promise<Outlived | undefined> {
  const { database } = options;
  const cause = database.incidents.causes(instance).get(id);
  const own = new Set(
    database.incidents
      .tickets(id)
      .flatMap(({ id: ticket, invariant }) =>
        database.tickets.entities(ticket).map(({ entity }) => entityKey({ invariant, entity })),
      ),
  );
  const verdicts = new Set(now.judgements.filter((one) => own.has(entityKey(one))).map(({ verdict }) => verdict));
  const isViolated = verdicts.has("violated");
  if (!cause || !verdicts.has("holds")) return undefined;
  if (conclusion.cause) {
    const isSame = conclusion.cause.component === cause.component && conclusion.cause.mechanism === cause.mechanism;
    return isSame && (await isOver(cause, { now, conclusion, signal }, options)) ? { cause, isViolated } : undefined;
  }
  if (cause.verdict !== "confirmed" && isViolated) return undefined;
  return { cause, isViolated };
}

/** Whether a cause showed by more than wrong results when it was found, and by nothing more now. */
async function isOver(
  cause: Hypothesis,
  { now, conclusion, signal }: FoundAt,
  { subject, series }: InvestigationOptions,
): Promise<boolean> {
  const judged = new Set(subject.invariants.filter(({ symptom }) => symptom === "wrong-result").map(({ id }) => id));
  const isMore = ({ predicate }: CheckedClaim): boolean =>
    predicate.kind !== "verdict-is" || !judged.has(predicate.invariant);
  const lasting = (claims: readonly CheckedClaim[]): readonly CheckedClaim[] =>
    claims.filter((claim) => claim.side === "for" && claim.persistent && isMore(claim));
  if (lasting(cause.claims).length === 0 || lasting(conclusion.cause?.claims ?? []).length > 0) return false;
  return !remainingClaims(cause, await freshEvidence(cause, now, { series, signal })).some(isMore);
}
