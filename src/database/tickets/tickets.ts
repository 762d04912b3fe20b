/** Tickets and their histories. The monitor writes what becomes of its entity states; a person changes single ones. */

import type { Database as Sqlite } from "bun:sqlite";
import type { Severity } from "../../core/subject/invariant.ts";
import { InvalidInputError } from "../../core/text/errors.ts";
import { refusalOf, type Ticket, type TicketChange, type TicketTransition } from "../../core/tickets/ticket.ts";
import { type Actor, actorKind } from "../../core/words/actor.ts";
import type { ComponentId, EntityId, Scalar } from "../../core/words/ids.ts";
import { cleanText } from "../sqlite/json.ts";
import { transact, transactDurably } from "../sqlite/transaction.ts";
import {
  existingTicket,
  getTicket,
  listTickets,
  newestTicket,
  type TicketFilter,
  ticketFigures,
  ticketTransitions,
} from "./ticket-rows.ts";

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
   * Holds, unholds, resolves or reopens; a person's change is durable and reaches the running monitor at its next checkup.
   * @throws {InvalidInputError} If there is no such ticket or its state forbids it.
   */
  change(id: number, change: Exclude<TicketChange, "opened">, by: Change): Ticket;
}

/** The store of one connection. */
export function ticketStore(sqlite: Sqlite): TicketStore {
  return {
    get: (id) => getTicket(sqlite, id),
    list: (filter) => listTickets(sqlite, filter),
    transitions: (ticket) => ticketTransitions(sqlite, ticket),
    newest: (instance, of) => newestTicket(sqlite, instance, of),
    open: (instance, ticket) => transact(sqlite, () => open(sqlite, instance, ticket)),
    reopen: (id, again) => transact(sqlite, () => reopen(sqlite, id, again)),
    change: (id, change, by) => {
      const write = actorKind(by.actor) === "person" ? transactDurably : transact;
      return write(sqlite, () => changeTicket(sqlite, { id, change }, by));
    },
  };
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
      ticketFigures.write(ticket.figures),
      Math.round(ticket.firstViolatedAtMs),
      Math.round(ticket.atMs),
      ticket.evidence ?? null,
    );
  const id = Number(lastInsertRowid);
  record(sqlite, { id, change: "opened" }, ticket);
  return existingTicket(sqlite, id);
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
      ticketFigures.write(again.figures),
      Math.round(again.firstViolatedAtMs),
      Math.round(again.atMs),
      again.evidence ?? null,
      id,
    );
  record(sqlite, { id, change: "reopened" }, again);
  return existingTicket(sqlite, id);
}

interface Changing {
  readonly id: number;
  readonly change: TicketChange;
}

function changeTicket(sqlite: Sqlite, { id, change }: Changing, by: Change): Ticket {
  const ticket = existingTicket(sqlite, id);
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
  return existingTicket(sqlite, id);
}

/** After a person's word every count begins again, and the running monitor is told to read it. */
function startCountAnew(sqlite: Sqlite, { instance, invariant, entity }: Ticket): void {
  sqlite
    .query(
      `UPDATE entity_states SET violated_since_ms = NULL, holds = 0, holds_since_ms = NULL
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
