/** Recurrence: a hang that ends and begins again. In between it answers as fast as ever, and each time all who need it lose it. */

import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, supports } from "../mechanism.ts";
import { EXHAUSTED, FORBIDDEN, ownWordClaims, WRONG_ROLE } from "../own-words.ts";
import {
  dependantsOf,
  dependencyDown,
  eventSince,
  goneClaims,
  processClaims,
  seenComponent,
  ticketClaims,
} from "../reading.ts";
import { demandsOn, movedOf, OWN_TIME } from "../series-reading.ts";

/** Times that it fell silent since the trouble began: once may be a moment in which anything was late. */
const FEWEST = 2;

/** The hypothesis that a process falls silent again and again; `undefined` where it did not, or some were served meanwhile. */
export function recurrenceOf(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  // A process that is seen to stand still says it better.
  if (seenComponent(component, brief)?.process?.state === "hung" || !isRecurrent(component, brief)) return undefined;
  const spell = { earlier: { event: "went-down", of: component }, later: { event: "came-up", of: component } } as const;
  return {
    summary: `${component} stops answering again and again`,
    claims: [
      supports({ kind: "order", ...spell }),
      supports({ kind: "changed", component, change: "went-down" }),
      ...processClaims(component, ["running"], brief),
      ...ticketClaims(component, brief),
      // What is late itself, or is asked for more, is silent now and then, too.
      ...movedOf(component, OWN_TIME, brief).map(refutes),
      ...demandsOn(component, brief).map(refutes),
      ...[EXHAUSTED, WRONG_ROLE, FORBIDDEN].flatMap((words) => ownWordClaims(component, words, brief)).map(refutes),
      // What ends and is started again is silent in between for another reason.
      ...(eventSince("restarted", component, brief)
        ? [refutes({ kind: "changed", component, change: "restarted" })]
        : []),
      ...goneClaims(component, brief),
      ...dependencyDown(component, brief),
    ],
  };
}

function isRecurrent(component: ComponentId, brief: Brief): boolean {
  const { evidence, case: given } = brief;
  const since = evidence.timeline.filter(({ atMs }) => atMs >= given.incident.beganAtMs);
  const fellSilent = since.filter(({ event, of }) => event === "went-down" && of === component).length;
  const cameBack = since.some(({ event, of }) => event === "came-up" && of === component);
  const lost = new Set(since.flatMap(({ event, of, to }) => (event === "link-broke" && to === component ? [of] : [])));
  const needing = dependantsOf(component, brief);
  return fellSilent >= FEWEST && cameBack && needing.length > 0 && needing.every((id) => lost.has(id));
}
