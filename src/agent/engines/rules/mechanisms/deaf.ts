/** Deaf: a hang that an observer does not see. It answers who only looks, and none of those who need it. */

import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import { EXHAUSTED, FORBIDDEN, ownWordClaims, WRONG_ROLE } from "../own-words.ts";
import { dependantsOf, lastingBreaks, processClaims, seenComponent, ticketClaims } from "../reading.ts";
import { movesOf, type Wanted } from "../series-reading.ts";

/** Requests that wait at it. */
const WAITING_AT: Wanted = { signals: ["latency"], units: ["1"] };
/** Of those who do without it, as many are cited. */
const MOST_CITED = 3;
/** One alone cannot tell its own way from what is at its end. */
const FEWEST = 2;

/** The hypothesis that a process takes part for nobody; `undefined` where an observer gets no answer, or some are served. */
export function deafnessOf(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  const { state, probe } = seenComponent(component, brief) ?? {};
  if (state !== "up" || probe !== "answered") return undefined;
  const needing = dependantsOf(component, brief);
  const without = needing.flatMap((id) => lastingBreaks(id, brief).filter(({ to }) => to === component));
  if (without.length < FEWEST || without.length < needing.length) return undefined;
  return {
    summary: `${component} answers probes but not its clients`,
    claims: [
      ...without.slice(0, MOST_CITED).map(({ from, to }) => supports({ kind: "link-broken", from, to })),
      ...movesOf(component, WAITING_AT, brief).map(supports),
      ...processClaims(component, ["running"], brief),
      ...ticketClaims(component, brief),
      // It says itself why it serves nobody, which is another trouble.
      ...[EXHAUSTED, WRONG_ROLE, FORBIDDEN].flatMap((words) => ownWordClaims(component, words, brief)).map(refutes),
      refutes(stateIs(component, "state", "down")),
    ],
  };
}
