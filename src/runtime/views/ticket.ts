/** All that is on record of one ticket. */

import type { Incident } from "../../core/tickets/incident.ts";
import type { Ticket, TicketEntity, TicketTransition } from "../../core/tickets/ticket.ts";
import type { Instance } from "../../core/words/instance.ts";
import type { Database } from "../../database/mod.ts";
import { instanceOf } from "../instances.ts";
import { type EvidenceView, evidenceView } from "./evidence.ts";

/** One ticket with its history and its evidence. */
export interface TicketView {
  readonly ticket: Ticket;
  readonly instance: Instance;
  readonly transitions: readonly TicketTransition[];
  /** The worst of its entities first. */
  readonly entities: readonly TicketEntity[];
  /** The newest one that it is part of. */
  readonly incident?: Incident;
  readonly evidence: EvidenceView;
}

const SHOWN_ENTITIES = 20;

/** Reads one ticket; `undefined` if there is none of that number. */
export function ticketView(database: Database, id: number, nowMs: number): TicketView | undefined {
  const ticket = database.tickets.get(id);
  if (!ticket) return undefined;
  const incident = database.incidents.ofTicket(id);
  return {
    ticket,
    instance: instanceOf(database, ticket),
    transitions: database.tickets.transitions(id),
    entities: database.tickets.entities(id, { limit: SHOWN_ENTITIES }),
    evidence: evidenceView(database, { ...ticket, beganAtMs: ticket.firstViolatedAtMs }, nowMs),
    ...(incident && { incident }),
  };
}
