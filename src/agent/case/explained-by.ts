/** Which tickets of a case a cause accounts for. */

import { explainer } from "../../core/diagnosis/explains.ts";
import type { Hypothesis } from "../../core/diagnosis/hypothesis.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { Case, CaseTicket } from "./case.ts";

/** The tickets of a case that a hypothesis explains. Of an invariant that names no symptom only the place counts. */
export function explainedBy(cause: Pick<Hypothesis, "component" | "mechanism">, given: Case): readonly CaseTicket[] {
  const accounts = explainer(cause, given.picture);
  const symptoms = new Map(given.invariants.map(({ id, symptom }) => [id, symptom]));
  return given.tickets.filter((ticket) => {
    const symptom = symptoms.get(ticket.invariant);
    return accounts({ ...(symptom && { symptom }), components: componentsOf(ticket, given) });
  });
}

/** The components on which its entities are now; of a group its members, and its own where nothing is said of them any more. */
function componentsOf({ invariant, on, affected }: CaseTicket, { judgements, topology }: Case): readonly ComponentId[] {
  const entities = new Set(affected);
  const said = judgements.filter((one) => one.invariant === invariant && entities.has(one.entity)).map(({ on }) => on);
  const named = said.length > 0 ? said : [on];
  const members = topology.groups.filter(({ id }) => named.includes(id)).flatMap((group) => group.members);
  return [...new Set([...named, ...members])];
}
