/** The `rules` engine: weighs every generic mechanism at every suspect. No model, no network, no word of any subject. */

import { rivalsOf } from "../../../core/diagnosis/explains.ts";
import { CAUSE_VERDICTS } from "../../../core/diagnosis/hypothesis.ts";
import type { Ranking } from "../../../core/diagnosis/ranking/rank.ts";
import { dependenciesIn, isWhole, reachedFrom } from "../../../core/system/places.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import type { Case } from "../../case/case.ts";
import { brokenLinksOf, stateChangesOf, touchedBy } from "../../case/evidence.ts";
import { explainedBy } from "../../case/explained-by.ts";
import { rankingOf } from "../../case/findings.ts";
import type { Desk } from "../../desk/desk.ts";
import type { Weighed } from "../../desk/notebook.ts";
import type { Engine } from "../engine.ts";
import { chainOf } from "./chain.ts";
import { propositionOf } from "./mechanism.ts";
import { HINTED_RULES, MECHANISM_RULES } from "./mechanisms/mod.ts";
import { passingLosses } from "./passing.ts";
import { waitsForProcessor } from "./starved.ts";
import { pausesTogether } from "./together.ts";
import { unreadClaims } from "./unread.ts";

/** Series of one component that are named. */
const MOST_MOVES = 3;

/** The embedded default, and the baseline that any other engine must beat. */
export const rules: Engine = {
  id: "rules",
  investigate: async (given, desk) => {
    const ranking = rankingOf(given);
    const cause = findCause(given, { desk, placeOf: placesIn(ranking) });
    const hints = elsewhere(ranking, cause);
    const brief = { case: given, evidence: desk.evidence() };
    const unknowns = cause
      ? hints
      : [
          ...pausesTogether(brief),
          ...waitsForProcessor(brief),
          ...passingLosses(brief),
          ...hints,
          "No known failure mechanism fits the evidence",
        ];
    return desk.conclude({
      engine: "rules",
      unknowns,
      ...(cause && {
        cause: cause.id,
        propagation: chainOf({ ...cause, rivals: rivalsOf(cause, desk.hypotheses()) }, given),
      }),
    });
  },
};

/** What the rules go by besides the case. */
interface Means {
  readonly desk: Desk;
  /** Places a component by how much and how early its series moved, the smallest first. */
  readonly placeOf: (component: ComponentId) => number;
}

/**
 * Of what is carried and explains a ticket, the best borne out; of several alike, the one that explains most, and then the
 * one whose series moved most.
 */
function findCause(given: Case, { desk, placeOf }: Means): Weighed | undefined {
  const brief = { case: given, evidence: desk.evidence() };
  const changed = new Set(changedIn(given));
  const proposed = suspectsOf(given)
    .flatMap((component) =>
      // What stands for all of them neither ends nor hangs nor is cut off.
      (changed.has(component) && !isWhole(component) ? MECHANISM_RULES : HINTED_RULES).flatMap((rule) =>
        propositionOf(rule, component, brief),
      ),
    )
    .map((one) => ({ ...one, claims: [...one.claims, ...unreadClaims(one, brief)] }));
  const carried = desk.weigh(proposed).filter(({ verdict }) => verdict !== "inconclusive");
  const ranked = carried
    .map((hypothesis) => ({ hypothesis, explained: explainedOf(hypothesis, carried, given) }))
    .toSorted(
      (a, b) =>
        rank(a.hypothesis) - rank(b.hypothesis) ||
        b.explained - a.explained ||
        placeOf(a.hypothesis.component) - placeOf(b.hypothesis.component),
    );
  for (const { hypothesis, explained } of ranked) {
    if (explained === 0) desk.reject(hypothesis.id, "It cannot cause any ticket that has no cause of its own");
  }
  return ranked.find(({ explained }) => explained > 0)?.hypothesis;
}

/** How many tickets a cause explains for which no other component has a confirmed cause of its own. */
function explainedOf(cause: Weighed, carried: readonly Weighed[], given: Case): number {
  return explainedBy({ ...cause, rivals: rivalsOf(cause, carried) }, given).length;
}

function rank({ verdict }: Weighed): number {
  return CAUSE_VERDICTS.indexOf(verdict);
}

/** The places of a ranking; all alike where the series show no cause. */
function placesIn(ranking: Ranking | undefined): Means["placeOf"] {
  const components = ranking && ranking.verdict !== "none" ? ranking.components : [];
  const places = new Map(components.map(({ component }, place) => [component, place]));
  return (component) => places.get(component) ?? places.size;
}

/** What the series say plainly, where the cause is none or another component's. */
function elsewhere(ranking: Ranking | undefined, cause: Weighed | undefined): readonly string[] {
  const first = ranking?.verdict === "likely" ? ranking.components[0] : undefined;
  if (!first || first.component === cause?.component) return [];
  const moved = first.moves.slice(0, MOST_MOVES).map(({ metric }) => metric);
  return [`The series of ${first.component} moved first and most (${moved.join(", ")})`];
}

/** Of what tickets touch, and of those that ask it, directly or through others: first what has changed. */
function suspectsOf(given: Case): readonly ComponentId[] {
  const { picture, topology } = given;
  const touched = touchedBy(given);
  const { of, on } = dependenciesIn(topology.links);
  const sources = [...touched]
    .flatMap((id) => [...reachedFrom(id, on)])
    .filter((id) => (on.get(id) ?? []).length === 0 && (of.get(id) ?? []).length > 0);
  const present = new Set(picture.components.map(({ id }) => id));
  return [...new Set([...changedIn(given), ...touched, ...sources])].filter((id) => present.has(id));
}

/** Components that are not what they were or should be, or of which an invariant says so; none that no ticket touches. */
function changedIn(given: Case): readonly ComponentId[] {
  const { tickets, picture, judgements } = given;
  const touched = touchedBy(given);
  const named = [
    ...stateChangesOf(given).map(({ component }) => component),
    ...picture.components.filter(({ state }) => state === "down").map(({ id }) => id),
    ...brokenLinksOf(given).map(({ from }) => from),
    ...tickets.map(({ on }) => on),
    ...judgements.filter(({ verdict }) => verdict === "violated").map(({ on }) => on),
  ];
  return [...new Set(named)].filter((id) => touched.has(id));
}
