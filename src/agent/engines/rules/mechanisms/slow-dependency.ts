/** Slow dependency: what is needed answers late. One that waits alone has a slow way to it; where all wait, it is slow itself. */

import type { Claim, Predicate } from "../../../../core/diagnosis/claims/mod.ts";
import { medianOf } from "../../../../core/system/series-math.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import { dependantsOf, dependenciesOf, hasReturned, lastingBreaks, seenComponent, symptomClaims } from "../reading.ts";
import { BUSY, DEVICE, demandsOn, LATE, movedOf, movesOf, WAITING } from "../series-reading.ts";
import { usedUp } from "./saturation.ts";

/** Share of those who need the same of which as many wait, so that it is not the one's own way. */
const MANY = 0.5;
/** Share of the time that one waits which another must wait to be as late: what is slow for one is felt by all. */
const ALIKE = 0.25;
/** Of those who wait, as many are cited. */
const MOST_CITED = 3;

/** Answers come late, and not because more is asked. */
export const slowDependency: MechanismRule = {
  id: "slow-dependency",
  propose: (component, brief) => slowWay(component, brief) ?? slowItself(component, brief),
};

function slowWay(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  const onOthers = movedOf(component, WAITING, brief);
  const waits = [...onOthers, ...movedOf(component, DEVICE, brief)];
  const slow = symptomClaims(component, "slow", brief);
  const needed = dependenciesOf(component, brief);
  if (waits.length === 0 || slow.length === 0) return undefined;
  const peers = peersOf(component, needed, brief);
  const wanted = onOthers.length > 0 ? WAITING : DEVICE;
  const longest = longestOf(waits, brief) * ALIKE;
  const waiting = [...peers]
    .map((id) => movedOf(id, wanted, brief))
    .filter((moved) => moved.length > 0 && longestOf(moved, brief) >= longest);
  const areMany = waiting.length > 0 && waiting.length >= peers.size * MANY;
  return {
    summary: `${component} waits for ${needed.join(", ") || (onOthers.length > 0 ? "others of its kind" : "its own device")}`,
    claims: [
      ...waits.map(supports),
      ...slow.map(supports),
      ...(areMany ? waiting.flat().slice(0, MOST_CITED).map(refutes) : []),
      // A component that is late itself measures that every answer is.
      ...movedOf(component, LATE, brief).map(refutes),
      ...demandsOn(component, brief).map(refutes),
      ...needed.map((id) => refutes(stateIs(id, "state", "down"))),
      ...breaksOf(component, brief),
      // What has no capacity left is more than late.
      ...usedUp(component, brief).map(refutes),
      refutes(stateIs(component, "state", "down")),
    ],
  };
}

/** What is cut is more than late. What served now and then is not cut, and being sure of it waits until it serves again. */
function breaksOf(component: ComponentId, brief: Brief): readonly Claim[] {
  return lastingBreaks(component, brief).map(({ to }) =>
    hasReturned({ from: component, to }, brief)
      ? supports({ kind: "link-works", from: component, to })
      : refutes({ kind: "link-broken", from: component, to }),
  );
}

/** The longest of what these figures show now. */
function longestOf(moves: readonly Predicate[], { evidence: { now, series } }: Brief): number {
  const shown = moves.map((claim) => {
    if (claim.kind !== "moved") return 0;
    const { metric, labels, sinceMs } = claim;
    const points = series.find((one) => one.metric === metric && Bun.deepEquals(one.labels, labels))?.points ?? [];
    const since = points.filter(({ atMs }) => atMs >= sinceMs && atMs <= now.picture.atMs);
    return medianOf(since.map(({ value }) => value)) ?? 0;
  });
  return Math.max(0, ...shown);
}

/** Who needs the same; where nothing is known to be needed, others of the same kind. */
function peersOf(component: ComponentId, needed: readonly ComponentId[], brief: Brief): ReadonlySet<ComponentId> {
  const kind = seenComponent(component, brief)?.kind;
  const alike = brief.evidence.now.picture.components.filter((one) => one.kind === kind).map(({ id }) => id);
  const peers = needed.length > 0 ? needed.flatMap((id) => dependantsOf(id, brief)) : alike;
  return new Set(peers.filter((id) => id !== component));
}

function slowItself(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  const dependants = dependantsOf(component, brief).filter((id) => movesOf(id, WAITING, brief).length > 0);
  const waiting = dependants.map((id) => movedOf(id, WAITING, brief)).filter((moved) => moved.length > 0);
  const slow = [component, ...dependants].flatMap((id) => symptomClaims(id, "slow", brief));
  if (slow.length === 0 || waiting.length === 0 || waiting.length < dependants.length * MANY) return undefined;
  const late = dependants.map((id) => movedOf(id, LATE, brief)).filter((moved) => moved.length > 0);
  return {
    summary: `${component} answers all its clients slowly`,
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
