/** Slow dependency: what is needed answers late. One that waits alone has a slow way to it; where all wait, it is slow itself. */

import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import { dependantsOf, dependenciesOf, symptomClaims } from "../reading.ts";
import { BUSY, demandsOn, LATE, movedOf, movesOf, WAITING } from "../series-reading.ts";

/** Share of those who need the same of which as many wait, so that it is not the one's own way. */
const MANY = 0.5;
/** Of those who wait, as many are cited. */
const MOST_CITED = 3;

/** Answers come late, and not because more is asked. */
export const slowDependency: MechanismRule = {
  id: "slow-dependency",
  propose: (component, brief) => slowWay(component, brief) ?? slowItself(component, brief),
};

function slowWay(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  const waits = movedOf(component, WAITING, brief);
  const slow = symptomClaims(component, "slow", brief);
  const needed = dependenciesOf(component, brief);
  if (waits.length === 0 || slow.length === 0 || needed.length === 0) return undefined;
  const peers = new Set(needed.flatMap((id) => dependantsOf(id, brief)).filter((id) => id !== component));
  const waiting = [...peers].map((id) => movedOf(id, WAITING, brief)).filter((moved) => moved.length > 0);
  const areMany = waiting.length > 0 && waiting.length >= peers.size * MANY;
  return {
    summary: `${component} waits for ${needed.join(", ")}`,
    claims: [
      ...waits.map(supports),
      ...slow.map(supports),
      ...(areMany ? waiting.flat().slice(0, MOST_CITED).map(refutes) : []),
      ...demandsOn(component, brief).map(refutes),
      ...needed.map((id) => refutes(stateIs(id, "state", "down"))),
      refutes(stateIs(component, "state", "down")),
    ],
  };
}

function slowItself(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  const dependants = dependantsOf(component, brief).filter((id) => movesOf(id, WAITING, brief).length > 0);
  const waiting = dependants.map((id) => movedOf(id, WAITING, brief)).filter((moved) => moved.length > 0);
  const slow = [component, ...dependants].flatMap((id) => symptomClaims(id, "slow", brief));
  if (slow.length === 0 || waiting.length === 0 || waiting.length < dependants.length * MANY) return undefined;
  const late = dependants.map((id) => movedOf(id, LATE, brief)).filter((moved) => moved.length > 0);
  return {
    summary: `${component} answers late all who need it`,
    claims: [
      ...movedOf(component, BUSY, brief).map(supports),
      ...waiting.flat().slice(0, MOST_CITED).map(supports),
      ...slow.slice(0, MOST_CITED).map(supports),
      // Those who are late themselves measure that everything is.
      ...(late.length >= dependants.length * MANY ? late.flat().slice(0, MOST_CITED).map(refutes) : []),
      ...demandsOn(component, brief).map(refutes),
      refutes(stateIs(component, "state", "down")),
    ],
  };
}
