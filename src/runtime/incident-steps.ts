/** What a person can do with incidents: investigate again, merge, split, resolve, add a note. */

import { InvalidInputError } from "../core/text/errors.ts";
import { titleOf } from "../core/tickets/headline.ts";
import { type Incident, mayMove } from "../core/tickets/incident.ts";
import type { Ticket } from "../core/tickets/ticket.ts";
import { incidentLease } from "../core/words/lease.ts";
import type { Change, Database } from "../database/mod.ts";
import { withdrawRuns } from "../monitor/incidents.ts";

/**
 * Requests a new investigation of an incident, regardless of earlier ones.
 * @throws {InvalidInputError} If there is no such incident, it is resolved or linked, or an action of it runs.
 */
export function investigateIncident(database: Database, id: number, by: Change): Incident {
  return database.transactDurably(() => {
    const { state } = investigable(database, id, by);
    withdrawRuns(database, id, by);
    if (mayMove(state, "investigating")) database.incidents.move(id, { ...by, to: "investigating" });
    else database.incidents.note(id, by);
    return unresolved(database, id);
  });
}

/**
 * The incident, if it can be investigated now.
 * @throws {InvalidInputError} If there is no such incident, it is resolved or linked, worked on, or an action of it runs.
 */
export function investigable(database: Database, id: number, at: Pick<Change, "atMs">): Incident {
  const incident = unresolved(database, id);
  const { linkedTo } = incident;
  if (linkedTo !== undefined) {
    refuse(`Incident ${id} is looked at with incident ${linkedTo}: operator incidents investigate ${linkedTo}`);
  }
  refuseHeld(database, id, at);
  refuseRunning(database, id);
  return incident;
}

/**
 * Moves the tickets of one incident into another, and closes it; its pending actions are withdrawn.
 * @throws {InvalidInputError} If either does not exist, is resolved, belongs to another instance, is being worked on, or has a running action.
 */
export function mergeIncidents(
  database: Database,
  { id, into }: { readonly id: number; readonly into: number },
  by: Change,
): Incident {
  return database.transactDurably(() => {
    const [absorbed, kept] = [unresolved(database, id), unresolved(database, into)];
    if (id === into) refuse(`Incident ${id} cannot be merged into itself`);
    if (absorbed.instance !== kept.instance) {
      refuse(`Incidents ${id} and ${into} belong to different instances and cannot be merged`);
    }
    if (kept.linkedTo !== undefined && kept.linkedTo !== id) {
      refuse(`Incident ${into} is linked to incident ${kept.linkedTo}: merge into ${kept.linkedTo}`);
    }
    for (const one of [id, into].toSorted((a, b) => a - b)) {
      refuseHeld(database, one, by);
      refuseRunning(database, one);
    }
    withdrawRuns(database, id, { ...by, reason: `incident ${id} was merged into ${into}` });
    if (kept.linkedTo === id) database.incidents.link(into, undefined, by);
    database.incidents.merge(id, into, by);
    return unresolved(database, into);
  });
}

/**
 * Moves tickets of an incident into a new one.
 * @throws {InvalidInputError} If it does not exist, is resolved or being worked on, if a ticket is not in it, or none would be left.
 */
export function splitIncident(
  database: Database,
  { id, tickets }: { readonly id: number; readonly tickets: readonly number[] },
  by: Change,
): Incident {
  return database.transactDurably(() => {
    const { instance } = unresolved(database, id);
    refuseHeld(database, id, by);
    const all = database.incidents.tickets(id).filter(({ state }) => state === "open");
    const own = [...new Set(tickets)].map((ticket) => memberOf(all, { id, ticket }));
    if (own.length === 0) refuse("No ticket is named: give the numbers of those to split off, as in --tickets 3,4");
    if (own.length === all.length) refuse(`Incident ${id} would have no open ticket left: name fewer of its tickets`);
    const title = titleOf(
      own.map(({ problem, ...ticket }) => ({ ...ticket, summary: problem.summary })),
      { links: [] },
    );
    const beganAtMs = Math.min(...own.map(({ firstViolatedAtMs }) => firstViolatedAtMs));
    const split = database.incidents.split(id, { ...by, title, beganAtMs, tickets: own.map((ticket) => ticket.id) });
    database.incidents.pin(split.id);
    database.instances.bumpRevision(instance);
    return split;
  });
}

/**
 * Resolves an incident manually.
 * @throws {InvalidInputError} If it does not exist, is resolved or being worked on, or has an open ticket that is not held.
 */
export function resolveIncident(database: Database, id: number, by: Change): Incident {
  return database.transactDurably(() => {
    const { state } = unresolved(database, id);
    refuseHeld(database, id, by);
    refuseRunning(database, id);
    const open = database.incidents.tickets(id).filter((ticket) => ticket.state === "open" && !ticket.held);
    if (open.length > 0) refuse(openRefusal(id, open));
    if (!mayMove(state, "resolved")) refuse(`Incident ${id} is ${state}: wait until its action has ended`);
    withdrawRuns(database, id, { ...by, reason: `incident ${id} was resolved` });
    return database.incidents.move(id, { ...by, to: "resolved", outcome: "person" });
  });
}

/**
 * Adds a note to the history of an incident.
 * @throws {InvalidInputError} If there is no such incident or the note is empty.
 */
export function noteIncident(database: Database, id: number, by: Change): Incident {
  return database.transactDurably(() => {
    const incident = existing(database, id);
    if (by.reason.trim() === "") refuse("The note is empty: give its text");
    database.incidents.note(id, by);
    return incident;
  });
}

function existing({ incidents }: Database, id: number): Incident {
  return incidents.get(id) ?? refuse(`There is no incident ${id}; list them with: operator incidents list --all`);
}

function unresolved(database: Database, id: number): Incident {
  const incident = existing(database, id);
  const { mergedInto } = incident;
  if (mergedInto !== undefined) refuse(`Incident ${id} was merged into incident ${mergedInto}`);
  return incident.state === "resolved" ? refuse(`Incident ${id} is already resolved`) : incident;
}

function refuseHeld({ leases }: Database, id: number, { atMs }: Pick<Change, "atMs">): void {
  const lease = leases.current(incidentLease(id), atMs);
  if (lease) refuse(`Incident ${id} is being worked on by ${lease.holder}: try again when it is done`);
}

function refuseRunning({ actionRuns }: Database, id: number): void {
  const run = actionRuns.list({ incident: id }).find(({ state }) => state === "running" || state === "verifying");
  if (run) refuse(`Action ${run.id} of incident ${id} is ${run.state}: wait until it has ended`);
}

function memberOf(
  tickets: readonly Ticket[],
  { id, ticket }: { readonly id: number; readonly ticket: number },
): Ticket {
  const own = tickets.map((one) => one.id).join(", ");
  return (
    tickets.find((one) => one.id === ticket) ??
    refuse(`Ticket ${ticket} is not an open ticket of incident ${id}: its open tickets are ${own || "none"}`)
  );
}

function openRefusal(id: number, open: readonly Ticket[]): string {
  const ids = open.map((ticket) => ticket.id);
  const named = open.length === 1 ? `ticket ${ids[0]} is open` : `tickets ${ids.join(", ")} are open`;
  return `Incident ${id} cannot be resolved: ${named}; use operator tickets hold or operator tickets resolve first`;
}

function refuse(why: string): never {
  throw new InvalidInputError(why);
}
