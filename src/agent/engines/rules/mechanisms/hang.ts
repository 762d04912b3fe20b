/** Hang: it is there and does not answer, or only now and then, or not those who need it. */

import type { Claim } from "../../../../core/diagnosis/claims/mod.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import {
  answerOf,
  dependencyDown,
  hasHappened,
  isGlimpse,
  isTimelineUnread,
  processClaims,
  seenComponent,
  ticketClaims,
} from "../reading.ts";
import { takenOverFrom } from "../series-reading.ts";
import { deafnessOf } from "./deaf.ts";
import { occupationOf } from "./occupied.ts";
import { recurrenceOf } from "./recurrence.ts";
import { stallOf } from "./stall.ts";

/** The process is there and takes no part. */
export const hang: MechanismRule = {
  id: "hang",
  propose: (component, brief) =>
    stallOf(component, brief) ??
    recurrenceOf(component, brief) ??
    deafnessOf(component, brief) ??
    (silentAbout(component, brief) ? silenceOf(component, brief) : occupationOf(component, brief)) ??
    silenceOf(component, brief),
};

/** Whether it does not answer at all, so that nothing that it says can be why. */
function silentAbout(component: ComponentId, brief: Brief): boolean {
  return seenComponent(component, brief)?.probe === "timed-out";
}

function silenceOf(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  const lasts = !isGlimpse({ event: "went-down", of: component }, brief);
  return {
    summary: `${component} runs but does not answer`,
    claims: [
      ...(lasts ? [supports(stateIs(component, "probe", "timed-out"))] : []),
      ...processClaims(component, ["hung", "running"], brief),
      supports({ kind: "changed", component, change: "went-down" }),
      ...ticketClaims(component, brief),
      ...takenOverFrom(component, brief).map(supports),
      refutes(stateIs(component, "probe", "refused")),
      refutes(stateIs(component, "probe", answerOf(component, brief))),
      ...answersBetween(component, brief),
      ...dependencyDown(component, brief),
    ],
  };
}

/**
 * It came back while the trouble lasted, so it answers now and then: a hang only where its process is seen to stand still. Where
 * nobody read what happened, that stays open.
 */
function answersBetween(component: ComponentId, brief: Brief): readonly Claim[] {
  const stands = seenComponent(component, brief)?.process?.state === "hung";
  const isOpen = hasHappened("came-up", component, brief) || isTimelineUnread(brief);
  if (stands || !isOpen) return [];
  const order = { earlier: { event: "went-down", of: component }, later: { event: "came-up", of: component } } as const;
  return [refutes({ kind: "order", ...order })];
}
