/** What must never be so of tickets, incidents and action runs, at any look, and what must be so once all is well. */

import { actorKind } from "../../src/core/words/actor.ts";
import type { Database } from "../../src/database/mod.ts";

/** What is wrong at a look, as sentences. */
export function faultsNow(database: Database, instance: number): readonly string[] {
  return [...misplacedTickets(database, instance), ...lostRuns(database)];
}

/** Whether nothing is left to wait for. */
export function isAtRest(database: Database): boolean {
  return database.tickets.list({ state: "open", limit: 1 }).length === 0 && unresolvedIds(database).length === 0;
}

/** What is left over once all has been well for long enough. */
export function faultsAtRest(database: Database): readonly string[] {
  return [
    ...database.tickets.list({ state: "open" }).map(({ id }) => `ticket ${id} is open`),
    ...unresolvedIds(database).map((id) => `incident ${id} is not resolved`),
    ...database.actionRuns.list({ state: "pending" }).map(({ id }) => `action run ${id} is pending`),
    ...surplusIncidents(database),
  ];
}

function unresolvedIds({ incidents }: Database): readonly number[] {
  return incidents.list({ unresolved: true }).map(({ id }) => id);
}

/** Open tickets that nobody holds and that are in no unresolved incident, or in several. */
function misplacedTickets({ tickets, incidents }: Database, instance: number): readonly string[] {
  const members = incidents.openTickets(instance).map(({ id }) => id);
  return tickets.list({ state: "open", held: false }).flatMap(({ id }) => {
    const places = members.filter((member) => member === id).length;
    return places === 1 ? [] : [`ticket ${id} is in ${places} incidents`];
  });
}

/** What a person merges is no incident any more; one who releases or reopens a ticket long after its incident has ended asks for another. */
function surplusIncidents({ tickets, incidents }: Database): readonly string[] {
  const filed = tickets.list();
  const opened = incidents.list().filter(({ mergedInto }) => mergedInto === undefined).length;
  if (opened <= filed.length) return [];
  const again = filed
    .flatMap(({ id }) => tickets.transitions(id))
    .filter(({ change, actor }) => (change === "reopened" || change === "unheld") && actorKind(actor) === "person");
  return opened <= filed.length + again.length ? [] : [`${opened} incidents for ${filed.length} tickets`];
}

/** Pending runs that nobody would ever begin or withdraw: of an incident that is over, or that is looked at with another. */
function lostRuns({ actionRuns, incidents }: Database): readonly string[] {
  return actionRuns.list({ state: "pending" }).flatMap(({ id, origin }) => {
    if (origin.kind !== "incident") return [];
    const { state, linkedTo } = incidents.get(origin.incident) ?? {};
    if (state === undefined) return [`action run ${id} has no incident`];
    if (state === "resolved") return [`action run ${id} waits in a resolved incident`];
    return linkedTo === undefined ? [] : [`action run ${id} waits in a linked incident`];
  });
}
