/** Occupied: a hang that the component reports itself, because one piece of work blocks all other requests. */

import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import { OCCUPIED, ownWordClaims } from "../own-words.ts";
import { dependencyDown, processClaims, ticketClaims } from "../reading.ts";

/** The hypothesis that a process is busy with one thing and does nothing else; `undefined` where it does not say so. */
export function occupationOf(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  const words = ownWordClaims(component, OCCUPIED, brief);
  if (words.length === 0) return undefined;
  return {
    summary: `${component} is busy with one thing and serves nobody`,
    claims: [
      ...words.map(supports),
      ...processClaims(component, ["running"], brief),
      ...ticketClaims(component, brief),
      refutes(stateIs(component, "probe", "answered")),
      refutes(stateIs(component, "probe", "refused")),
      ...dependencyDown(component, brief),
    ],
  };
}
