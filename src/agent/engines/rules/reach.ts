/** Which tickets a cause can account for: by where it is, what depends on what, and which symptoms its mechanism brings about. */

import type { Hypothesis } from "../../../core/diagnosis/hypothesis.ts";
import type { ComponentId, EntityId } from "../../../core/words/ids.ts";
import type { Case, CaseTicket } from "../../case/case.ts";
import { type Explains } from "./mechanism.ts";
import { MECHANISM_RULES } from "./mechanisms/mod.ts";

/** Kind of the component that stands for the whole system. */
const WHOLE = "cluster";

/** The tickets of a case that a hypothesis explains. Of an invariant that names no symptom only the place counts. */
export function explainedBy(
  { component, mechanism }: Pick<Hypothesis, "component" | "mechanism">,
  given: Case,
): readonly CaseTicket[] {
  const explains = MECHANISM_RULES.find(({ id }) => id === mechanism)?.explains;
  if (!explains) return [];
  const symptoms = new Map(given.invariants.map(({ id, symptom }) => [id, symptom]));
  const places = placesOf(component, given);
  return given.tickets.filter(({ on, invariant }) => {
    const symptom = symptoms.get(invariant);
    return PLACES.some((place) => places[place].has(on) && (!symptom || explains[place]?.includes(symptom)));
  });
}

const PLACES = ["own", "dependants", "dependencies"] as const satisfies readonly (keyof Explains)[];

function placesOf(component: ComponentId, given: Case): Readonly<Record<keyof Explains, ReadonlySet<EntityId>>> {
  const { topology, picture } = given;
  const dependants = closure(component, (id) => topology.links.filter(({ to }) => to === id).map(({ from }) => from));
  const dependencies = closure(component, (id) => topology.links.filter(({ from }) => from === id).map(({ to }) => to));
  const wholes = picture.components.filter(({ kind, id }) => kind === WHOLE && id !== component).map(({ id }) => id);
  const reached = new Set<EntityId>([component, ...dependants]);
  const groups = topology.groups.filter(({ members }) => members.some((id) => reached.has(id))).map(({ id }) => id);
  return { own: new Set([component]), dependants: new Set([...dependants, ...wholes, ...groups]), dependencies };
}

/** What is reached from a component by any number of steps, itself left out. */
function closure(component: ComponentId, next: (id: ComponentId) => readonly ComponentId[]): ReadonlySet<ComponentId> {
  const reached = new Set<ComponentId>();
  const waiting = [component];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const one of next(id)) {
      if (one === component || reached.has(one)) continue;
      reached.add(one);
      waiting.push(one);
    }
  }
  return reached;
}
