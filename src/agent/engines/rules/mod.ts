/** The `rules` engine: weighs every generic mechanism at every suspect. No model, no network, no word of any subject. */

import { CAUSE_VERDICTS } from "../../../core/diagnosis/hypothesis.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import type { Case } from "../../case/case.ts";
import { brokenLinksOf, stateChangesOf, touchedBy } from "../../case/evidence.ts";
import { explainedBy } from "../../case/explained-by.ts";
import type { Desk } from "../../desk/desk.ts";
import type { Weighed } from "../../desk/notebook.ts";
import type { Engine } from "../engine.ts";
import { propositionOf } from "./mechanism.ts";
import { MECHANISM_RULES } from "./mechanisms/mod.ts";

/** The embedded default, and the baseline that any other engine must beat. */
export const rules: Engine = {
  id: "rules",
  investigate: async (given, desk) => {
    const cause = findCause(given, desk);
    const unknowns = cause ? [] : ["No mechanism that the rules know is carried by what was seen"];
    return desk.conclude({ engine: "rules", unknowns, ...(cause && { cause: cause.id }) });
  },
};

/** Of what is carried and explains a ticket, the best borne out; of several alike, the one that explains most. */
function findCause(given: Case, desk: Desk): Weighed | undefined {
  const brief = { case: given, evidence: desk.evidence() };
  const proposed = suspectsOf(given).flatMap((component) =>
    MECHANISM_RULES.flatMap((rule) => propositionOf(rule, component, brief)),
  );
  const carried = desk.weigh(proposed).filter(({ verdict }) => verdict !== "inconclusive");
  const ranked = carried
    .map((hypothesis) => ({ hypothesis, explained: explainedBy(hypothesis, given).length }))
    .toSorted((a, b) => rank(a.hypothesis) - rank(b.hypothesis) || b.explained - a.explained);
  for (const { hypothesis, explained } of ranked) {
    if (explained === 0) desk.reject(hypothesis.id, "It can bring about none of the tickets");
  }
  return ranked.find(({ explained }) => explained > 0)?.hypothesis;
}

function rank({ verdict }: Weighed): number {
  return CAUSE_VERDICTS.indexOf(verdict);
}

/** Components that are not what they were or should be, or of which a ticket speaks; none that no ticket touches. */
function suspectsOf(given: Case): readonly ComponentId[] {
  const { tickets, picture } = given;
  const touched = touchedBy(given);
  const present = new Set(picture.components.map(({ id }) => id));
  const named = [
    ...stateChangesOf(given).map(({ component }) => component),
    ...picture.components.filter(({ state }) => state === "down").map(({ id }) => id),
    ...brokenLinksOf(given).map(({ from }) => from),
    ...tickets.map(({ on }) => on),
  ];
  return [...new Set(named)].filter((id) => present.has(id) && touched.has(id));
}
