/** Which tickets of a case a cause accounts for. */

import { type Cause, explainer, shownOn } from "../../core/diagnosis/explains.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import { violatedOrAll } from "../../core/words/verdict.ts";
import type { Case, CaseTicket } from "./case.ts";

/** The tickets of a case that a hypothesis explains. Of an invariant that names no symptom only the place counts. */
export function explainedBy(cause: Cause, given: Case): readonly CaseTicket[] {
  const accounts = explainer(cause, given.picture);
  const symptoms = new Map(given.invariants.map(({ id, symptom }) => [id, symptom]));
  return given.tickets.filter((ticket) => {
    const symptom = symptoms.get(ticket.invariant);
    const said = saidOf(ticket, given);
    const isUnseen = said.length > 0 && said.every(({ verdict }) => verdict === "unknown");
    return accounts({ ...(symptom && { symptom }), components: componentsOf(ticket, said, given), isUnseen });
  });
}

/** What the look says of its entities. */
function saidOf({ invariant, affected }: CaseTicket, { judgements }: Case): Case["judgements"] {
  const entities = new Set(affected);
  return judgements.filter((one) => one.invariant === invariant && entities.has(one.entity));
}

/** The components on which its entities are now, the violated ones where there are any; of a group its members, and its own where nothing is said of them any more. */
function componentsOf({ on }: CaseTicket, said: Case["judgements"], { topology }: Case): readonly ComponentId[] {
  const named = shownOn(
    on,
    violatedOrAll(said).map((one) => one.on),
  );
  const members = topology.groups.filter(({ id }) => named.includes(id)).flatMap((group) => group.members);
  return [...new Set([...named, ...members])];
}
