/** The monitor's part in incidents: it opens them, and closes those that nobody holds. */

import { formIncidents, type Groupable, type Tie } from "../core/tickets/grouping.ts";
import { type CauseState, closingRefusal, type Incident, mayMove, outcomeOf } from "../core/tickets/incident.ts";
import type { Ticket } from "../core/tickets/ticket.ts";
import { ticketKey } from "../core/tickets/ticket-record.ts";
import { incidentLease } from "../core/words/lease.ts";
import type { Change, Database, OpenTicket } from "../database/mod.ts";
import type { CheckupOptions } from "./options.ts";

/** How tickets are put into incidents. */
export interface Filing extends Change {
  readonly instance: number;
  /** The links of the picture. */
  readonly ties: readonly Tie[];
}

/** Milliseconds after which an incident that is being acted upon, by nobody who holds it, has been left. */
const ABANDONED_AFTER_MS = 600_000;

/** Puts each open ticket that is in none into the unresolved incident that it touches, or into a new one. */
export function fileIncidents({ incidents }: Database, { instance, ties, ...by }: Filing): void {
  const tickets = incidents.unfiled(instance);
  if (tickets.length === 0) return;
  const byId = new Map(tickets.map((ticket) => [ticket.id, ticket]));
  const all: readonly Groupable[] = [...incidents.openTickets(instance), ...tickets];
  for (const { incident, tickets: together } of formIncidents(all, ties)) {
    const ids = together.map(({ id }) => id);
    if (incident !== undefined) incidents.join(incident, ids);
    else incidents.open(instance, { ...by, ...headline(together, byId), tickets: ids });
  }
}

/** Incidents that nobody works on and that could close once the tickets of these entities are resolved. */
export function closable(options: CheckupOptions, resolving: ReadonlySet<string>): readonly Incident[] {
  const { database, instance } = options;
  const tickets = database.incidents.openTickets(instance.id);
  const busy = new Set(tickets.filter((ticket) => stillOpen(ticket, resolving)).map(({ incident }) => incident));
  const quiet = new Set(tickets.map(({ incident }) => incident)).difference(busy);
  return [...quiet].flatMap((id) => (isHeld(options, id) ? [] : (database.incidents.get(id) ?? [])));
}

/** What was found of an incident that could close. */
export interface Verified {
  readonly incident: Incident;
  readonly causeState: CauseState;
}

/** Closes what may be closed; all that was found out before is asked again here, inside the transaction. */
export function closeIncidents(options: CheckupOptions, verified: readonly Verified[], atMs: number): void {
  const { database, actor } = options;
  for (const { incident: earlier, causeState } of verified) {
    const incident = database.incidents.get(earlier.id);
    if (incident?.state !== earlier.state) continue;
    if (isHeld(options, incident.id)) continue;
    const tickets = database.incidents.tickets(incident.id);
    const openTickets = tickets.filter(({ state }) => state === "open").length;
    if (closingRefusal({ openTickets, causeState }) !== undefined) continue;
    if (mayMove(incident.state, "resolved")) close(database, incident, { atMs, actor, reason: reasonOf(causeState) });
    else if (isAbandoned(database, incident, atMs)) {
      const reason = "Whoever acted has left; every ticket is resolved";
      database.incidents.move(incident.id, { to: "escalated", atMs, actor, reason });
    }
  }
}

function stillOpen(ticket: OpenTicket, resolving: ReadonlySet<string>): boolean {
  return ticket.state === "open" && !resolving.has(ticketKey(ticket));
}

function isHeld({ database, clock }: CheckupOptions, incident: number): boolean {
  return database.leases.current(incidentLease(incident), clock.now()) !== undefined;
}

function close(database: Database, { id, state }: Incident, by: Change): void {
  const actors = [
    ...database.incidents.transitions(id).map(({ actor }) => actor),
    ...database.incidents
      .tickets(id)
      .flatMap((ticket) => database.tickets.transitions(ticket.id).map(({ actor }) => actor)),
  ];
  database.incidents.move(id, { ...by, to: "resolved", outcome: outcomeOf(state, actors) });
}

function reasonOf(causeState: CauseState): string {
  const cause = causeState === "none" ? "no cause is confirmed" : "what caused it is gone";
  return `Every ticket is resolved, and ${cause}`;
}

function isAbandoned(database: Database, { id }: Incident, atMs: number): boolean {
  return atMs - (database.incidents.transitions(id).at(-1)?.atMs ?? atMs) >= ABANDONED_AFTER_MS;
}

interface Headline {
  readonly title: string;
  readonly beganAtMs: number;
}

/** Named after its earliest ticket, which is the first of them. */
function headline(together: readonly Groupable[], tickets: ReadonlyMap<number, Ticket>): Headline {
  const [first] = together;
  const others = together.length - 1;
  const summary = (first && tickets.get(first.id)?.summary) ?? "";
  return {
    title: others > 0 ? `${summary} (and ${others} more)` : summary,
    beganAtMs: first?.beganAtMs ?? 0,
  };
}
