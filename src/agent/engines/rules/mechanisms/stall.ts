/** Stall: a hang in fits and starts. It answers in between, so that only what it says of itself and its latency show it. */

import type { Claim } from "../../../../core/diagnosis/claims/mod.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import { seenComponent, ticketClaims } from "../reading.ts";
import { BUSY, demandsOn, movedOf } from "../series-reading.ts";

/** The reason of a verdict on what pauses again and again. */
export const STALLED = "stalled";

/** The hypothesis that a process stops for a moment again and again; `undefined` where it does not say so. */
export function stallOf(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  const said = stallsOf(component, brief);
  if (said.length === 0) return undefined;
  const kind = seenComponent(component, brief)?.kind;
  // What is gone does not pause.
  const peers = brief.evidence.now.picture.components.filter(
    (one) => one.kind === kind && one.id !== component && one.state !== "down",
  );
  const alike = peers.flatMap(({ id }) => stallsOf(id, brief).slice(0, 1));
  return {
    summary: `${component} pauses briefly and repeatedly`,
    claims: [
      ...said.map(supports),
      ...movedOf(component, BUSY, brief).map(supports),
      ...ticketClaims(component, brief),
      ...alikeClaims(alike, alike.length === peers.length),
      ...demandsOn(component, brief).map(refutes),
      refutes(stateIs(component, "state", "down")),
    ],
  };
}

/** What stops all of them at once is not the one process; where it stops some, they may share what is at fault, too. */
function alikeClaims(alike: ReturnType<typeof stallsOf>, areAll: boolean): readonly Claim[] {
  return alike
    .slice(0, 1)
    .map((claim) =>
      areAll
        ? refutes(claim)
        : supports({ kind: "verdict-is", invariant: claim.invariant, entity: claim.entity, verdict: "holds" }),
    );
}

function stallsOf(component: ComponentId, { evidence: { now } }: Brief) {
  return now.judgements
    .filter(({ on, verdict, reason }) => on === component && verdict === "violated" && reason === STALLED)
    .map(
      ({ invariant, entity }) =>
        ({ kind: "verdict-is", invariant, entity, verdict: "violated", reason: STALLED }) as const,
    );
}
