/** The tickets of unresolved incidents, as grouping, sorting and naming need them. */

import type { Database as Sqlite } from "bun:sqlite";
import type { Groupable } from "../../core/tickets/grouping.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import type { Symptom } from "../../core/words/symptom.ts";

/** A ticket of an unresolved incident. */
export interface OpenTicket
  extends Groupable,
    Pick<Ticket, "entity" | "state" | "held" | "verdict" | "symptom" | "severity"> {
  readonly incident: number;
  /** Whether a person has put it into its incident. */
  readonly pinned: boolean;
  /** The problem, as the last look that found it described it. */
  readonly summary: string;
  /** Epoch milliseconds. */
  readonly resolvedAtMs?: number;
}

interface OpenTicketRow extends Omit<OpenTicket, "held" | "pinned" | "symptom" | "resolvedAtMs"> {
  readonly resolvedAtMs: number | null;
  readonly pinned: number;
  readonly held: number;
  readonly symptom: Symptom | null;
}

/** The tickets of all unresolved incidents of an instance. */
export function openTickets(sqlite: Sqlite, instance: number): readonly OpenTicket[] {
  return sqlite
    .query<OpenTicketRow, [number]>(
      `SELECT tickets.id, invariant, component AS "on", entity, tickets.state, held, verdict, severity, symptom,
         problem_summary AS summary, tickets.began_at_ms AS beganAtMs, incident, pinned,
         tickets.resolved_at_ms AS resolvedAtMs
       FROM incidents JOIN incident_tickets ON incident = incidents.id JOIN tickets ON tickets.id = ticket
       WHERE incidents.instance = ? AND incidents.state <> 'resolved'`,
    )
    .all(instance)
    .map(({ held, pinned, symptom, resolvedAtMs, ...row }) => ({
      ...row,
      held: held === 1,
      pinned: pinned === 1,
      ...(symptom !== null && { symptom }),
      ...(resolvedAtMs !== null && { resolvedAtMs }),
    }));
}
