/** Rows of tickets, and reading them. */

import type { SQLQueryBindings, Database as Sqlite } from "bun:sqlite";
import type { Severity } from "../../core/subject/invariant.ts";
import { InvalidInputError } from "../../core/text/errors.ts";
import type { Ticket, TicketChange, TicketTransition } from "../../core/tickets/ticket.ts";
import type { TicketRecord, TicketState, Waiting } from "../../core/tickets/ticket-record.ts";
import type { Actor } from "../../core/words/actor.ts";
import type { ComponentId, EntityId } from "../../core/words/ids.ts";
import type { Symptom } from "../../core/words/symptom.ts";
import type { Verdict } from "../../core/words/verdict.ts";
import { figuresColumn, isFields, jsonColumn } from "../sqlite/json.ts";
import { orTold } from "../sqlite/unreadable.ts";
import { whereOf } from "../sqlite/where.ts";

/** Filter of tickets; newest first. */
export interface TicketFilter {
  readonly instance?: number;
  readonly state?: TicketState;
  readonly held?: boolean | undefined;
  readonly severity?: Severity | undefined;
  readonly invariant?: string | undefined;
  readonly component?: string | undefined;
  /** Epoch milliseconds after which it opened or resolved. */
  readonly sinceMs?: number | undefined;
  /** @default {1000} */
  readonly limit?: number;
}

/** Open tickets of an instance that are not held and have no unresolved incident, oldest first. */
export function unfiledTickets(sqlite: Sqlite, instance: number): readonly Ticket[] {
  return sqlite
    .query<TicketRow, [number]>(
      `SELECT * FROM tickets WHERE instance = ? AND state = 'open' AND held = 0 AND NOT EXISTS (
         SELECT 1 FROM incident_tickets JOIN incidents ON incidents.id = incident
         WHERE ticket = tickets.id AND incidents.state <> 'resolved') ORDER BY id`,
    )
    .all(instance)
    .map(ticketOf);
}

/** A transition and the current ticket. */
export interface TicketNews {
  readonly ticket: Ticket;
  readonly transition: TicketTransition;
}

/** The figures of a ticket. */
export const ticketFigures = figuresColumn();

/** What a ticket waits for. */
export const ticketWaiting = jsonColumn(
  (value): value is Waiting => isFields(value) && typeof value["sinceMs"] === "number" && Array.isArray(value["for"]),
);

interface TicketRow {
  readonly id: number;
  readonly instance: number;
  readonly invariant: string;
  readonly entity: EntityId;
  readonly component: ComponentId;
  readonly severity: Severity;
  readonly state: TicketState;
  readonly held: number;
  readonly summary: string;
  readonly figures: string;
  readonly first_violated_at_ms: number;
  readonly opened_at_ms: number;
  readonly resolved_at_ms: number | null;
  readonly reopen_count: number;
  readonly evidence: number | null;
  readonly symptom: Symptom | null;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly problem_reason: string;
  readonly problem_summary: string;
  readonly affected: number;
  readonly violated: number;
  readonly began_at_ms: number;
  readonly hold_down_ms: number | null;
  readonly waiting: string | null;
}

interface TransitionRow {
  readonly id: number;
  readonly ticket: number;
  readonly at_ms: number;
  readonly change: TicketChange;
  readonly actor: Actor;
  readonly reason: string;
}

/** The tickets that pass a filter, newest first. */
export function listTickets(sqlite: Sqlite, filter: TicketFilter = {}): readonly Ticket[] {
  const { instance, state, held, severity, invariant, component, sinceMs, limit = 1000 } = filter;
  const { clause, values } = whereOf({
    "instance = ?": instance,
    "state = ?": state,
    "held = ?": held === undefined ? undefined : Number(held),
    "severity = ?": severity,
    "invariant = ?": invariant,
    "component = ?": component,
    "max(opened_at_ms, coalesce(resolved_at_ms, 0)) >= ?": sinceMs,
  });
  return sqlite
    .query<TicketRow, SQLQueryBindings[]>(`SELECT * FROM tickets ${clause} ORDER BY id DESC LIMIT ?`)
    .all(...values, limit)
    .map(ticketOf);
}

/** The open ticket of an (invariant, component), else the newest. */
export function newestTicket(
  sqlite: Sqlite,
  instance: number,
  { invariant, on }: Pick<Ticket, "invariant" | "on">,
): Ticket | undefined {
  const row = sqlite
    .query<TicketRow, [number, string, string]>(
      "SELECT * FROM tickets WHERE instance = ? AND invariant = ? AND component = ? ORDER BY state = 'open' DESC, id DESC LIMIT 1",
    )
    .get(instance, invariant, on);
  return row ? ticketOf(row) : undefined;
}

/** Tickets that the monitor needs: those resolved since a time, and then open ones; each oldest first. */
export function ticketRecords(
  sqlite: Sqlite,
  instance: number,
  resolvedSinceMs: number,
): readonly Omit<TicketRecord, "affected">[] {
  const open = sqlite
    .query<TicketRow, [number]>("SELECT * FROM tickets WHERE instance = ? AND state = 'open'")
    .all(instance);
  const resolved = sqlite
    .query<TicketRow, [number, number]>("SELECT * FROM tickets WHERE instance = ? AND resolved_at_ms >= ?")
    .all(instance, resolvedSinceMs);
  return [...resolved.toSorted((a, b) => a.id - b.id), ...open].map((row) => recordOf(ticketOf(row)));
}

function recordOf(ticket: Ticket): Omit<TicketRecord, "affected"> {
  const { invariant, on, state, held, resolvedAtMs, holdDownMs, waiting } = ticket;
  const { entity, verdict, reason, summary, figures, affected, violated, problem } = ticket;
  return {
    invariant,
    on,
    state,
    held,
    words: { entity, verdict, reason, summary, figures, affected, violated, problem },
    ...(resolvedAtMs !== undefined && { resolvedAtMs }),
    ...(holdDownMs !== undefined && { holdDownMs }),
    ...(waiting && { waiting }),
  };
}

/** The history of a ticket, oldest first. */
export function ticketTransitions(sqlite: Sqlite, ticket: number): readonly TicketTransition[] {
  return sqlite
    .query<TransitionRow, [number]>("SELECT * FROM ticket_transitions WHERE ticket = ? ORDER BY id")
    .all(ticket)
    .map(transitionOf);
}

/** The tickets of one incident, oldest first. */
export function ticketsOfIncident(sqlite: Sqlite, incident: number): readonly Ticket[] {
  return sqlite
    .query<TicketRow, [number]>(
      "SELECT tickets.* FROM tickets JOIN incident_tickets ON ticket = id WHERE incident = ? ORDER BY id",
    )
    .all(incident)
    .map(ticketOf);
}

/** Transitions of an instance's tickets after the one of that id, oldest first. */
export function ticketTransitionsAfter(sqlite: Sqlite, instance: number, id: number): readonly TicketNews[] {
  return sqlite
    .query<TransitionRow, [number, number]>(
      `SELECT ticket_transitions.* FROM ticket_transitions JOIN tickets ON tickets.id = ticket
       WHERE ticket_transitions.id > ? AND instance = ? ORDER BY ticket_transitions.id`,
    )
    .all(id, instance)
    .map((row) => ({ ticket: existingTicket(sqlite, row.ticket), transition: transitionOf(row) }));
}

/** The ticket of that id. */
export function getTicket(sqlite: Sqlite, id: number): Ticket | undefined {
  const row = sqlite.query<TicketRow, [number]>("SELECT * FROM tickets WHERE id = ?").get(id);
  return row ? ticketOf(row) : undefined;
}

/** @throws {InvalidInputError} If there is no ticket of that id. */
export function existingTicket(sqlite: Sqlite, id: number): Ticket {
  const ticket = getTicket(sqlite, id);
  if (!ticket) throw new InvalidInputError(`There is no ticket ${id}; list them with: operator tickets list --all`);
  return ticket;
}

function ticketOf(row: TicketRow): Ticket {
  const waiting = row.waiting === null ? undefined : ticketWaiting.read(row.waiting);
  return {
    id: row.id,
    instance: row.instance,
    invariant: row.invariant,
    entity: row.entity,
    on: row.component,
    severity: row.severity,
    state: row.state,
    held: row.held === 1,
    summary: row.summary,
    figures: orTold(ticketFigures.read(row.figures), { table: "tickets", id: row.id }, {}),
    firstViolatedAtMs: row.first_violated_at_ms,
    openedAtMs: row.opened_at_ms,
    reopenCount: row.reopen_count,
    verdict: row.verdict,
    reason: row.reason,
    problem: { reason: row.problem_reason, summary: row.problem_summary },
    affected: row.affected,
    violated: row.violated,
    beganAtMs: row.began_at_ms,
    ...(row.resolved_at_ms !== null && { resolvedAtMs: row.resolved_at_ms }),
    ...(row.symptom !== null && { symptom: row.symptom }),
    ...(row.hold_down_ms !== null && { holdDownMs: row.hold_down_ms }),
    ...(waiting && { waiting }),
    ...(row.evidence !== null && { evidence: row.evidence }),
  };
}

function transitionOf({ at_ms, ...row }: TransitionRow): TicketTransition {
  return { ...row, atMs: at_ms };
}
