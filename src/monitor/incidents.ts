/** The monitor's part in incidents: it opens them, sorts their tickets by causes, names them, and closes those that nobody holds. */

import { type Cause, explainer, shownOn } from "../core/diagnosis/explains.ts";
import {
  acceptedCause,
  type SortedIncident,
  type SortingStep,
  sortIncidents,
} from "../core/diagnosis/sort-incidents.ts";
import type { Picture } from "../core/system/picture.ts";
import { formIncidents, type Groupable } from "../core/tickets/grouping.ts";
import { type Nearness, type Titled, titleOf } from "../core/tickets/headline.ts";
import type { Incident } from "../core/tickets/incident.ts";
import type { Ticket, TicketTransition } from "../core/tickets/ticket.ts";
import { ticketKey } from "../core/tickets/ticket-record.ts";
import { incidentLease } from "../core/words/lease.ts";
import type { Change, Database, OpenTicket } from "../database/mod.ts";

/** How tickets are put into incidents. */
export interface Filing {
  readonly database: Database;
  readonly instance: number;
  /** What depends on what; the last picture that is known. */
  readonly picture: Pick<Picture, "components" | "links">;
  readonly by: Omit<Change, "reason">;
  /** Epoch milliseconds, by the clock that leases go by. */
  readonly nowMs: number;
}

/** A ticket that resolved so recently brings its incident back when it opens again. */
const REOPEN_WITHIN_MS = 600_000;

/**
 * After this each open ticket that nobody holds is in exactly one unresolved incident. What a cause accounts for joins its
 * incident; else what began together and touches does; what joins none forms its own. Then causes are tried on all others.
 */
export function fileIncidents(filing: Filing): void {
  const { database, instance } = filing;
  const open = listed(filing);
  const unfiled = database.incidents.unfiled(instance);
  if (open.length === 0 && unfiled.length === 0) return;
  const sortable = sortablesOf(filing, open);
  if (unfiled.length > 0) fileTickets(filing, { unfiled, sortable });
  const filed = unfiled.length > 0 ? sortablesOf(filing, listed(filing)) : sortable;
  const steps = sortIncidents([...filed.values()], filing.picture);
  for (const step of steps) applyStep(filing, step);
  nameIncidents(filing);
}

function listed({ database, instance }: Filing): readonly Incident[] {
  return database.incidents.list({ instance, unresolved: true });
}

interface Unfiled {
  readonly unfiled: readonly Ticket[];
  readonly sortable: ReadonlyMap<number, SortedIncident>;
}

/** The incident that tickets which open again together bring back: the newest that one of them was in, where it has closed as recently. */
function broughtBack({ database, by }: Filing, tickets: readonly Ticket[]): { incident: number; ticket: number }[] {
  return tickets
    .filter((ticket) => isBack(database, ticket))
    .flatMap(({ id: ticket }) => {
      const incident = incidentOf(database, ticket);
      if (incident?.state !== "resolved") return [];
      return by.atMs - (incident.resolvedAtMs ?? 0) > REOPEN_WITHIN_MS ? [] : [{ incident: incident.id, ticket }];
    })
    .toSorted((a, b) => b.incident - a.incident)
    .slice(0, 1);
}

/** The newest incident that a ticket was in, or what this was merged into. */
function incidentOf({ incidents }: Database, ticket: number): Incident | undefined {
  let incident = incidents.ofTicket(ticket);
  while (incident?.mergedInto !== undefined) incident = incidents.get(incident.mergedInto);
  return incident;
}

/** Whether a ticket has opened again; one that a person has released begins then, and belongs where it touches others. */
function isBack({ tickets }: Database, { id, reopenCount }: Ticket): boolean {
  if (reopenCount === 0) return false;
  return tickets.transitions(id).findLast(isBeginning)?.change === "reopened";
}

function isBeginning({ change }: TicketTransition): boolean {
  return change === "reopened" || change === "unheld";
}

/** Unresolved incidents as they are sorted, by id. */
function sortablesOf(filing: Filing, incidents: readonly Incident[]): ReadonlyMap<number, SortedIncident> {
  const { database, instance, nowMs } = filing;
  const causes = database.incidents.causes(instance);
  const before = database.incidents.causes(instance, 1);
  const components = database.tickets.components(instance);
  const tickets = Map.groupBy(database.incidents.openTickets(instance), ({ incident }) => incident);
  return new Map(
    incidents.map(({ id, state, linkedTo }) => {
      const cause = causes.get(id);
      const causeBefore = before.get(id);
      const isFree =
        state !== "acting" && state !== "verifying" && database.leases.current(incidentLease(id), nowMs) === undefined;
      const sorted = (tickets.get(id) ?? []).map((ticket) => ({
        ...explainable(ticket, components),
        isOpen: ticket.state === "open" && !ticket.held,
        isRecovering: ticket.verdict !== "violated",
        isPinned: ticket.pinned,
      }));
      return [
        id,
        {
          id,
          isFree,
          tickets: sorted,
          ...(cause && { cause }),
          ...(causeBefore && { causeBefore }),
          ...(linkedTo !== undefined && { linkedTo }),
        },
      ];
    }),
  );
}

function explainable(
  { id, invariant, on, symptom, verdict }: Pick<OpenTicket, "id" | "invariant" | "on" | "symptom" | "verdict">,
  components: ReadonlyMap<string, readonly Ticket["on"][]>,
) {
  return {
    id,
    components: shownOn(on, components.get(ticketKey({ invariant, on })) ?? []),
    isUnseen: verdict === "unknown",
    ...(symptom && { symptom }),
  };
}

function fileTickets(filing: Filing, { unfiled, sortable }: Unfiled): void {
  const { database, instance, picture } = filing;
  const components = database.tickets.components(instance);
  const causes = causesOf(sortable, picture);
  const left = unfiled.filter((ticket) => {
    const owner = causes.find(({ covers }) => covers(explainable(ticket, components)));
    if (owner) database.incidents.join(owner.id, [ticket.id]);
    return owner === undefined;
  });
  // Until there is a cause, time and touching decide; what is linked has the cause of another.
  const known = new Set(causes.map(({ id }) => id));
  const others = database.incidents
    .openTickets(instance)
    .filter(({ incident }) => !known.has(incident) && sortable.get(incident)?.linkedTo === undefined);
  const all: readonly Groupable[] = [...others, ...left];
  for (const { incident, tickets } of formIncidents(all, picture.links)) {
    // An incident that was brought back has brought its own.
    const left = new Set(database.incidents.unfiled(instance).map(({ id }) => id));
    const ids = tickets.map(({ id }) => id).filter((id) => left.has(id));
    if (incident !== undefined) database.incidents.join(incident, ids);
    else if (ids.length > 0) fileTogether(filing, ids, unfiled);
  }
}

/** Of what began together, tickets that open again bring one incident back, and the others join it; else they form a new one. */
function fileTogether(filing: Filing, ids: readonly number[], unfiled: readonly Ticket[]): void {
  const { database, by } = filing;
  const [back] = broughtBack(
    filing,
    unfiled.filter(({ id }) => ids.includes(id)),
  );
  if (!back) return openIncident(filing, ids, unfiled);
  database.incidents.reopen(back.incident, { ...by, reason: `Ticket ${back.ticket} opened again` });
  // It is named anew at the end of the round: its former words are of what is over.
  database.incidents.retitle(back.incident, "");
  database.incidents.join(back.incident, ids);
}

interface Owner {
  readonly id: number;
  readonly cause: Cause;
  readonly covers: ReturnType<typeof explainer>;
}

/** Incidents with an accepted cause that are not linked to another, oldest first. */
function causesOf(sortable: ReadonlyMap<number, SortedIncident>, picture: Filing["picture"]): readonly Owner[] {
  const sorted = [...sortable.values()].toSorted((a, b) => a.id - b.id);
  return sorted.flatMap((incident): readonly Owner[] => {
    const cause = incident.linkedTo === undefined ? acceptedCause(incident, picture) : undefined;
    return cause ? [{ id: incident.id, cause, covers: explainer(cause, picture) }] : [];
  });
}

function openIncident(
  { database, instance, picture, by }: Filing,
  ids: readonly number[],
  all: readonly Ticket[],
): void {
  const tickets = all.filter(({ id }) => ids.includes(id));
  const reason = tickets.length > 1 ? "Related tickets opened" : "A ticket opened";
  database.incidents.open(instance, { ...by, reason, ...headingOf(tickets, { links: picture.links }), tickets: ids });
}

/** What a cause does not account for becomes an incident of its own; an incident that has the cause of another is linked to it. */
function applyStep({ database, picture, by }: Filing, step: SortingStep): void {
  const { incidents } = database;
  if (step.kind === "link") {
    const reason = `Linked to incident ${step.to}, which has the same cause`;
    withdrawRuns(database, step.incident, { ...by, reason });
    return incidents.link(step.incident, step.to, { ...by, reason });
  }
  if (step.kind === "unlink") {
    return incidents.link(step.incident, undefined, {
      ...by,
      reason: "No longer linked: the cause of the other incident does not explain it",
    });
  }
  const tickets = incidents.tickets(step.incident).filter(({ id }) => step.tickets.includes(id));
  for (const { incident, tickets: together } of formIncidents(tickets, picture.links)) {
    if (incident !== undefined) continue;
    const own = tickets.filter(({ id }) => together.some((ticket) => ticket.id === id));
    const reason = `Split off from incident ${step.incident}, whose cause does not explain it`;
    const heading = headingOf(own, { links: picture.links });
    incidents.split(step.incident, { ...by, reason, ...heading, tickets: own.map(({ id }) => id) });
  }
}

/** Takes back what is pending for an incident; approvals of it are void. */
export function withdrawRuns(
  { actionRuns }: Database,
  incident: number,
  { atMs, reason }: Omit<Change, "actor">,
): void {
  for (const { id } of actionRuns.list({ incident, state: "pending" })) {
    for (const approval of actionRuns.approvals(id)) actionRuns.void(approval.id);
    actionRuns.advance(id, { to: "cancelled", atMs, reason: `Withdrawn: ${reason}` });
  }
}

/** Every unresolved incident is called after the ticket nearest its cause; what was over before it was reopened names it no more. */
function nameIncidents({ database, instance, picture }: Filing): void {
  const causes = database.incidents.causes(instance);
  const byIncident = Map.groupBy(database.incidents.openTickets(instance), ({ incident }) => incident);
  for (const [incident, tickets] of byIncident) {
    const cause = causes.get(incident)?.component;
    const { title: former = "" } = database.incidents.get(incident) ?? {};
    const present = presentOf(tickets, () => reopenedAt(database, incident));
    database.incidents.retitle(incident, titleOf(present, { links: picture.links, cause, former }));
  }
}

function presentOf(tickets: readonly OpenTicket[], reopenedAtMs: () => number): readonly OpenTicket[] {
  if (tickets.every(({ state }) => state === "open")) return tickets;
  const sinceMs = reopenedAtMs();
  const present = tickets.filter(({ state, resolvedAtMs = 0 }) => state === "open" || resolvedAtMs >= sinceMs);
  return present.length > 0 ? present : tickets;
}

function reopenedAt({ incidents }: Database, incident: number): number {
  return incidents.transitions(incident).findLast(({ from }) => from === "resolved")?.atMs ?? 0;
}

interface Heading {
  readonly title: string;
  readonly beganAtMs: number;
}

function headingOf(tickets: readonly Ticket[], nearness: Nearness): Heading {
  return {
    title: titleOf(tickets.map(titled), nearness),
    beganAtMs: Math.min(...tickets.map(({ firstViolatedAtMs }) => firstViolatedAtMs)),
  };
}

function titled({ problem, ...ticket }: Ticket): Titled {
  return { ...ticket, summary: problem.summary };
}
