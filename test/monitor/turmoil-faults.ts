/** What must never be so of tickets, incidents and action runs, at any look, and what must be so once all is well. */

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

/** Each time that a ticket begins it may need an incident of its own, and no more than that; what a person merges is none any more. */
function surplusIncidents({ tickets, incidents }: Database): readonly string[] {
  const opened = incidents.list().filter(({ mergedInto }) => mergedInto === undefined).length;
  const begun = tickets
    .list()
    .flatMap(({ id }) => tickets.transitions(id))
    .filter(({ change }) => change === "opened" || change === "reopened" || change === "unheld").length;
  return opened <= begun ? [] : [`${opened} incidents for tickets that began ${begun} times`];
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
