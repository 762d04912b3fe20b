/** The cause of an incident that is over while something of what it brought about is left. */

import type { Hypothesis } from "../core/diagnosis/hypothesis.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import { entityKey } from "../core/tickets/entity-state.ts";
import type { Incident } from "../core/tickets/incident.ts";
import type { Database } from "../database/mod.ts";

/** A cause of before, and whether anything is violated still. */
export interface Outlived {
  readonly cause: Hypothesis;
  readonly isViolated: boolean;
}

/**
 * A cause of which something has recovered since: what is left came of it, and says nothing against it. One that was only
 * likely counts where nothing is violated any more, so that no other could be found.
 */
export function outlived(
  { id, instance }: Pick<Incident, "id" | "instance">,
  { judgements }: Checkup,
  database: Database,
): Outlived | undefined {
  const cause = database.incidents.causes(instance).get(id);
  const own = new Set(
    database.incidents
      .tickets(id)
      .flatMap(({ id: ticket, invariant }) =>
        database.tickets.entities(ticket).map(({ entity }) => entityKey({ invariant, entity })),
      ),
  );
  const verdicts = new Set(judgements.filter((one) => own.has(entityKey(one))).map(({ verdict }) => verdict));
  const isViolated = verdicts.has("violated");
  if (!cause || !verdicts.has("holds") || (cause.verdict !== "confirmed" && isViolated)) return undefined;
  return { cause, isViolated };
}
