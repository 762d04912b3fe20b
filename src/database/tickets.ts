/** Tickets and their histories. The monitor writes what its tracks come to; a person changes single ones. */

import type { Database as Sqlite } from "bun:sqlite";
import { type Actor, actorKind } from "../core/actor.ts";
import { InvalidInputError } from "../core/errors.ts";
import type { ComponentId, EntityId, Scalar } from "../core/ids.ts";
import type { Severity } from "../core/invariant.ts";
import { refusalOf, type Ticket, type TicketChange, type TicketState, type TicketTransition } from "../core/ticket.ts";
import { cleanText, jsonColumn } from "./json.ts";
import { transact } from "./transaction.ts";

/** Who changes a ticket, when and why. */
export interface Change {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly actor: Actor;
  readonly reason: string;
}

/** What a new ticket holds. */
export interface NewTicket extends Change {
  readonly invariant: string;
  readonly entity: EntityId;
  readonly on: ComponentId;
  readonly severity: Severity;
  readonly summary: string;
  readonly figures: Readonly<Record<string, Scalar>>;
  /** Epoch milliseconds. */
  readonly firstViolatedAtMs: number;
  /** Id of the frozen evidence. */
  readonly evidence?: number;
}

/** Which tickets are wanted; newest first. */
export interface TicketFilter {
  readonly instance?: number;
  readonly state?: TicketState;
  /** @default {1000} */
  readonly limit?: number;
}

/** Reads and changes tickets. */
export interface TicketStore {
  get(id: number): Ticket | undefined;
  list(filter?: TicketFilter): readonly Ticket[];
  transitions(ticket: number): readonly TicketTransition[];
  /** The newest ticket of an (invariant, entity). */
  newest(instance: number, of: Pick<Ticket, "invariant" | "entity">): Ticket | undefined;
  open(instance: number, ticket: NewTicket): Ticket;
  /** Opens a resolved ticket again with what is said of it now. */
  reopen(id: number, again: NewTicket): Ticket;
  /**
   * Holds, unholds, resolves or reopens; a person's change reaches the running monitor at its next checkup.
   * @throws {InvalidInputError} If there is no such ticket or its state forbids it.
   */
  change(id: number, change: Exclude<TicketChange, "opened">, by: Change): Ticket;
}

/** The index on open tickets makes a second open one for the same entity impossible, whoever writes. */
export const ticketTables = `
  CREATE TABLE tickets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    instance INTEGER NOT NULL REFERENCES instances (id),
    invariant TEXT NOT NULL,
    entity TEXT NOT NULL,
    component TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    held INTEGER NOT NULL DEFAULT 0,
    summary TEXT NOT NULL,
    figures TEXT NOT NULL,
    first_violated_at_ms INTEGER NOT NULL,
    opened_at_ms INTEGER NOT NULL,
    resolved_at_ms INTEGER,
    reopen_count INTEGER NOT NULL DEFAULT 0,
    evidence INTEGER REFERENCES evidence (id)
  ) STRICT;
  CREATE UNIQUE INDEX one_open_ticket ON tickets (instance, invariant, entity) WHERE state = 'open';
  CREATE INDEX tickets_by_entity ON tickets (instance, invariant, entity, id);
  CREATE TABLE ticket_transitions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket INTEGER NOT NULL REFERENCES tickets (id),
    at_ms INTEGER NOT NULL,
    change TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL
  ) STRICT;
  CREATE INDEX ticket_transitions_by_ticket ON ticket_transitions (ticket, id)`;

const figuresColumn = jsonColumn<Ticket["figures"]>();

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
}

interface TransitionRow {
  readonly id: number;
  readonly ticket: number;
  readonly at_ms: number;
  readonly change: TicketChange;
  readonly actor: Actor;
  readonly reason: string;
}

/** The store of one connection. */
export function ticketStore(sqlite: Sqlite): TicketStore {
  return {
    get: (id) => get(sqlite, id),
    list: ({ instance, state, limit = 1000 } = {}) =>
      sqlite
        .query<TicketRow, [number | null, string | null, number]>(
          `SELECT * FROM tickets WHERE instance = coalesce(?, instance) AND state = coalesce(?, state)
           ORDER BY id DESC LIMIT ?`,
        )
        .all(instance ?? null, state ?? null, limit)
        .map(ticketOf),
    transitions: (ticket) =>
      sqlite
        .query<TransitionRow, [number]>("SELECT * FROM ticket_transitions WHERE ticket = ? ORDER BY id")
        .all(ticket)
        .map(transitionOf),
    newest: (instance, { invariant, entity }) => {
      const row = sqlite
        .query<TicketRow, [number, string, string]>(
          "SELECT * FROM tickets WHERE instance = ? AND invariant = ? AND entity = ? ORDER BY id DESC LIMIT 1",
        )
        .get(instance, invariant, entity);
      return row ? ticketOf(row) : undefined;
    },
    open: (instance, ticket) => transact(sqlite, () => open(sqlite, instance, ticket)),
    reopen: (id, again) => transact(sqlite, () => reopen(sqlite, id, again)),
    change: (id, change, by) => transact(sqlite, () => changeTicket(sqlite, { id, change }, by)),
  };
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

function get(sqlite: Sqlite, id: number): Ticket | undefined {
  const row = sqlite.query<TicketRow, [number]>("SELECT * FROM tickets WHERE id = ?").get(id);
  return row ? ticketOf(row) : undefined;
}

function existing(sqlite: Sqlite, id: number): Ticket {
  const ticket = get(sqlite, id);
  if (!ticket)
    throw new InvalidInputError(`Cannot find ticket ${id}: there is none, expected an id from "operator tickets list"`);
  return ticket;
}

function open(sqlite: Sqlite, instance: number, ticket: NewTicket): Ticket {
  const { lastInsertRowid } = sqlite
    .query(
      `INSERT INTO tickets (instance, invariant, entity, component, severity, state, summary, figures,
         first_violated_at_ms, opened_at_ms, evidence)
       VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?)`,
    )
    .run(
      instance,
      ticket.invariant,
      ticket.entity,
      ticket.on,
      ticket.severity,
      cleanText(ticket.summary),
      figuresColumn.write(ticket.figures),
      Math.round(ticket.firstViolatedAtMs),
      Math.round(ticket.atMs),
      ticket.evidence ?? null,
    );
  const id = Number(lastInsertRowid);
  record(sqlite, { id, change: "opened" }, ticket);
  return existing(sqlite, id);
}

function reopen(sqlite: Sqlite, id: number, again: NewTicket): Ticket {
  sqlite
    .query(
      `UPDATE tickets SET state = 'open', resolved_at_ms = NULL, reopen_count = reopen_count + 1, component = ?,
         severity = ?, summary = ?, figures = ?, first_violated_at_ms = ?, opened_at_ms = ?, evidence = ? WHERE id = ?`,
    )
    .run(
      again.on,
      again.severity,
      cleanText(again.summary),
      figuresColumn.write(again.figures),
      Math.round(again.firstViolatedAtMs),
      Math.round(again.atMs),
      again.evidence ?? null,
      id,
    );
  record(sqlite, { id, change: "reopened" }, again);
  return existing(sqlite, id);
}

interface Changing {
  readonly id: number;
  readonly change: TicketChange;
}

function changeTicket(sqlite: Sqlite, { id, change }: Changing, by: Change): Ticket {
  const ticket = existing(sqlite, id);
  const refusal = refusalOf(ticket, change);
  if (refusal) throw new InvalidInputError(`Cannot make ticket ${id} ${change}: ${refusal}`);
  const atMs = Math.round(by.atMs);
  switch (change) {
    case "held":
    case "unheld":
      sqlite.query("UPDATE tickets SET held = ? WHERE id = ?").run(change === "held" ? 1 : 0, id);
      break;
    case "resolved":
      sqlite.query("UPDATE tickets SET state = 'resolved', held = 0, resolved_at_ms = ? WHERE id = ?").run(atMs, id);
      break;
    case "opened":
    case "reopened":
      sqlite
        .query(
          `UPDATE tickets SET state = 'open', resolved_at_ms = NULL, opened_at_ms = ?, reopen_count = reopen_count + 1
           WHERE id = ?`,
        )
        .run(atMs, id);
      break;
  }
  record(sqlite, { id, change }, by);
  if (actorKind(by.actor) === "person") startCountAnew(sqlite, ticket);
  return existing(sqlite, id);
}

/** After a person's word every count begins again, and the running monitor is told to read it. */
function startCountAnew(sqlite: Sqlite, { instance, invariant, entity }: Ticket): void {
  sqlite
    .query(
      `UPDATE tracks SET violated_since_ms = NULL, holds = 0, holds_since_ms = NULL
       WHERE instance = ? AND invariant = ? AND entity = ?`,
    )
    .run(instance, invariant, entity);
  sqlite.query("UPDATE instances SET revision = revision + 1 WHERE id = ?").run(instance);
}

function record(sqlite: Sqlite, { id, change }: Changing, { atMs, actor, reason }: Change): void {
  sqlite
    .query("INSERT INTO ticket_transitions (ticket, at_ms, change, actor, reason) VALUES (?, ?, ?, ?, ?)")
    .run(id, Math.round(atMs), change, actor, cleanText(reason));
}

function ticketOf(row: TicketRow): Ticket {
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
    figures: figuresColumn.read(row.figures),
    firstViolatedAtMs: row.first_violated_at_ms,
    openedAtMs: row.opened_at_ms,
    reopenCount: row.reopen_count,
    ...(row.resolved_at_ms !== null && { resolvedAtMs: row.resolved_at_ms }),
    ...(row.evidence !== null && { evidence: row.evidence }),
  };
}

function transitionOf({ at_ms, ...row }: TransitionRow): TicketTransition {
  return { ...row, atMs: at_ms };
}
