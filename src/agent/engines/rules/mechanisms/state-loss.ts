/** State loss: it works, and does not hold what it held: it restarted empty, it was emptied, or entries lost what bounds them. */

import type { Claim, Predicate } from "../../../../core/diagnosis/claims/mod.ts";
import { isWhole } from "../../../../core/system/places.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import { ERASED, EXHAUSTED, ownWordClaims } from "../own-words.ts";
import { eventSince, symptomClaims } from "../reading.ts";
import { movedOf, movesOf, steppedOf, type Wanted } from "../series-reading.ts";

/** Entries that it holds. */
const ENTRIES: Wanted = { signals: ["node"], units: ["1"], direction: "down" };
/** Entries that it counts as gone although their time was not over. */
const LOST: Wanted = { signals: ["error"], units: ["1"], kind: "counter", named: /(?<![a-z])lost(?![a-z])/i };
/** What a claim calls the count that nobody keeps: of entries whose time was over. */
const EXPIRED = "expired_entries_total";
/** Entries that it never gives back. */
const KEPT: Wanted = { signals: ["memory"], units: ["1"] };

/** What it knew is gone. */
export const stateLoss: MechanismRule = {
  id: "state-loss",
  propose(component, brief) {
    const wrong = wrongClaims(component, brief);
    const kept = symptomClaims(component, "resource", brief);
    const lost = wrong.length > 0 ? lossClaims(component, brief) : [];
    const unbounded = kept.length > 0 ? movedOf(component, KEPT, brief).map(supports) : [];
    if (lost.length + unbounded.length === 0) return undefined;
    return {
      summary: `${component} has lost part of its state`,
      claims: [
        ...lost,
        ...unbounded,
        ...(lost.length > 0 ? wrong.map(supports) : []),
        ...(unbounded.length > 0 ? kept.map(supports) : []),
        refutes(stateIs(component, "state", "down")),
        ...ownWordClaims(component, EXHAUSTED, brief).map(refutes),
      ],
    };
  },
};

/** What is wrong on itself, else on the whole: who lost what was to be counted is not always told. */
function wrongClaims(component: ComponentId, brief: Brief): readonly Predicate[] {
  const own = symptomClaims(component, "wrong-result", brief);
  if (own.length > 0) return own;
  const wholes = brief.case.topology.components.filter(({ id }) => isWhole(id));
  return wholes.flatMap(({ id }) => symptomClaims(id, "wrong-result", brief));
}

function lossClaims(component: ComponentId, brief: Brief): readonly Claim[] {
  const told = [
    ...(eventSince("restarted", component, brief)
      ? [supports({ kind: "changed", component, change: "restarted" })]
      : []),
    ...ownWordClaims(component, ERASED, brief).map(supports),
  ];
  // Data that expires while writes fail is missing, too, and is not lost.
  if (isWithoutDependants(component, brief)) return told;
  const fewer = [...movedOf(component, ENTRIES, brief), ...steppedOf(component, { ...ENTRIES, change: "fell" }, brief)];
  if (fewer.length === 0 || told.length > 0) return [...fewer.map(supports), ...told];
  // Their time may have been over: where that is counted, none was lost, and where it is not, nobody knows.
  if (movesOf(component, LOST, brief).length > 0) return [];
  const { beganAtMs: sinceMs } = brief.case.incident;
  const expired = { kind: "moved", metric: EXPIRED, labels: { component }, direction: "up", sinceMs } as const;
  return [...fewer.map(supports), refutes({ ...expired, perSecond: true })];
}

/** Whether no dependant could use it for some time since the trouble began. */
function isWithoutDependants(component: ComponentId, { evidence, case: given }: Brief): boolean {
  const dependants = given.topology.links.filter(({ to }) => to === component).map(({ from }) => from);
  const cut = evidence.timeline.filter(
    ({ event, to, atMs }) => event === "link-broke" && to === component && atMs >= given.incident.beganAtMs,
  );
  return dependants.length > 0 && dependants.every((id) => cut.some(({ of }) => of === id));
}
