/** Configuration change: it does what it is set to do, and that is not what it was or should be. */

import type { Claim } from "../../../../core/diagnosis/claims/mod.ts";
import type { MEMBERSHIP_REASONS } from "../../../../core/subject/membership.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, stateIs, supports } from "../mechanism.ts";
import { ownWordClaims, WRONG_ROLE } from "../own-words.ts";
import { changeClaims, goneClaims, seenComponent, symptomClaims } from "../reading.ts";

/** With which reason it is said of a component that nobody expects it. */
const UNEXPECTED: (typeof MEMBERSHIP_REASONS)[number] = "unexpected";

/** Labels that a claim can name. */
const NAMED = /^[\w.-]+$/;

/** A setting, a version or a mode has changed. */
export const configurationChange: MechanismRule = {
  id: "configuration-change",
  propose(component, brief) {
    const joined = joinedClaims(component, brief);
    const claims = [
      ...changeClaims(component, brief),
      ...symptomClaims(component, "configuration", brief).map(supports),
      ...joined,
      ...strayClaims(component, brief),
      ...modeClaims(component, brief),
      ...roleClaims(component, brief),
    ];
    if (claims.length === 0) return undefined;
    const summary =
      joined.length > 0 ? `${component} has joined unexpectedly` : `${component} runs with changed settings`;
    return { summary, claims: [...claims, ...goneClaims(component, brief)] };
  },
};

/** It has joined, and nobody expects it: that is a change of what the system is made of. */
function joinedClaims(component: ComponentId, brief: Brief): readonly Claim[] {
  return symptomClaims(component, "identity", brief)
    .filter((claim) => claim.kind === "verdict-is" && claim.reason === UNEXPECTED)
    .map(supports);
}

/** All others of its kind agree on a configuration that it does not run with. */
function strayClaims(component: ComponentId, brief: Brief): readonly Claim[] {
  const { kind, configHash } = seenComponent(component, brief) ?? {};
  const others = brief.evidence.now.picture.components.filter((one) => one.kind === kind && one.id !== component);
  const [common, ...further] = new Set(others.flatMap((one) => one.configHash ?? []));
  const areMany = others.length > 1 && common !== undefined && further.length === 0;
  if (!areMany || configHash === undefined || configHash === common) return [];
  return [supports({ kind: "state-is", component, path: "configHash", comparison: "is-not", value: common })];
}

/** It refuses for its role, and what it reports of itself has changed. */
function roleClaims(component: ComponentId, brief: Brief): readonly Claim[] {
  const words = ownWordClaims(component, WRONG_ROLE, brief).map(supports);
  if (words.length === 0) return [];
  const earlier = brief.evidence.before?.picture.components.find(({ id }) => id === component)?.labels ?? {};
  const changed = Object.entries(seenComponent(component, brief)?.labels ?? {}).filter(
    ([name, is]) => NAMED.test(name) && earlier[name] !== undefined && earlier[name] !== is,
  );
  return [...words, ...changed.map(([name, is]) => supports(stateIs(component, `labels.${name}`, is)))];
}

/** What is said of it is said for a mode that it reports itself, and did not report when all was well. */
function modeClaims(component: ComponentId, brief: Brief): readonly Claim[] {
  const { before, now } = brief.evidence;
  const labels = seenComponent(component, brief)?.labels ?? {};
  const earlier = before?.picture.components.find(({ id }) => id === component)?.labels ?? {};
  return now.judgements.flatMap(({ on, verdict, reason, invariant, entity }) => {
    if (on !== component || verdict !== "violated" || reason === undefined) return [];
    const [is, was] = [labels[reason], earlier[reason]];
    if (is === undefined || was === undefined || is === was) return [];
    return [
      supports(stateIs(component, `labels.${reason}`, is)),
      supports({ kind: "verdict-is", invariant, entity, verdict, reason }),
    ];
  });
}
