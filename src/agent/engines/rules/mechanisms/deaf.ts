/** Deaf: a hang that an observer does not see. It answers who only looks, and none of those who need it. */

import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import { EXHAUSTED, FORBIDDEN, ownWordClaims, WRONG_ROLE } from "../own-words.ts";
import { lostByAll, processClaims, ticketClaims } from "../reading.ts";
import { movesOf, QUEUED } from "../series-reading.ts";

/** Of those who do without it, as many are cited. */
const MOST_CITED = 3;

/** The hypothesis that a process takes part for nobody; `undefined` where an observer gets no answer, or some are served. */
export function deafnessOf(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  const without = lostByAll(component, brief);
  if (without.length === 0) return undefined;
  return {
    summary: `${component} answers probes but not its clients`,
    claims: [
      ...without.slice(0, MOST_CITED).map(({ from, to }) => supports({ kind: "link-broken", from, to })),
      ...movesOf(component, QUEUED, brief).map(supports),
      ...processClaims(component, ["running"], brief),
      ...ticketClaims(component, brief),
      // It says itself why it serves nobody, which is another trouble.
      ...[EXHAUSTED, WRONG_ROLE, FORBIDDEN].flatMap((words) => ownWordClaims(component, words, brief)).map(refutes),
      refutes(stateIs(component, "state", "down")),
    ],
  };
}
