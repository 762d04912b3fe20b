/** Tickets and their histories. The monitor writes the changes from its entity states; a person changes single tickets. */

import type { Database as Sqlite } from "bun:sqlite";
import type { Severity } from "../../core/subject/invariant.ts";
import { InvalidInputError } from "../../core/text/errors.ts";
import type { EntityState } from "../../core/tickets/entity-state.ts";
import {
  refusalOf,
  type Ticket,
  type TicketChange,
  type TicketEntity,
  type TicketTransition,
} from "../../core/tickets/ticket.ts";
import type { TicketRecord, TicketWords } from "../../core/tickets/ticket-record.ts";
import { type Actor, actorKind } from "../../core/words/actor.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { Symptom } from "../../core/words/symptom.ts";
import { cleanText } from "../sqlite/json.ts";
import { transact, transactDurably } from "../sqlite/transaction.ts";
import {
  affectedComponents,
  delistAll,
  delistEntities,
  listEntities,
  type Page,
  releaseEntities,
  takeBackEntities,
  ticketEntities,
} from "./ticket-entities.ts";
import {
  existingTicket,
  getTicket,
  listTickets,
  newestTicket,
  type TicketFilter,
  ticketFigures,
  ticketRecords,
  ticketTransitions,
  ticketWaiting,
} from "./ticket-rows.ts";

/** The author, time and reason of a change. */
export interface Change {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly actor: Actor;
  readonly reason: string;
}

/** A new ticket. */
export interface NewTicket extends Change {
  readonly invariant: string;
  readonly on: ComponentId;
  readonly severity: Severity;
  readonly symptom?: Symptom;
  readonly words: TicketWords;
  /** Its entities. */
  readonly entities: readonly EntityState[];
  /** Epoch milliseconds. */
  readonly firstViolatedAtMs: number;
  /** Epoch milliseconds from which it counts as begun when tickets are grouped into incidents. */
  readonly beganAtMs: number;
  /** Milliseconds, if reopening has extended the hold-down. */
  readonly holdDownMs?: number;
  /** Id of the frozen evidence. */
  readonly evidence?: number;
}

/** Changes that a person can make to a ticket, and the monitor too. */
export type TicketStep = "held" | "unheld" | "resolved" | "reopened";

/** Reads and changes tickets. */
export interface TicketStore {
  get(id: number): Ticket | undefined;
  list(filter?: TicketFilter): readonly Ticket[];
  transitions(ticket: number): readonly TicketTransition[];
  /** The open ticket of an (invariant, component), else the newest. */
  newest(instance: number, of: Pick<Ticket, "invariant" | "on">): Ticket | undefined;
  /** Tickets that the monitor needs: those resolved since a time, and then open ones; each oldest first. */
  records(instance: number, resolvedSinceMs: number): readonly Omit<TicketRecord, "affected">[];
  /** The entities of a ticket: current ones first, and of those the worst first. */
  entities(ticket: number, page?: Page): readonly TicketEntity[];
  /** The components on which the entities of open tickets are now, the violated ones where there are any, by `ticketKey`. */
  components(instance: number): ReadonlyMap<string, readonly ComponentId[]>;
  open(instance: number, ticket: NewTicket): Ticket;
  /** Reopens a resolved ticket with its current problem. */
  reopen(id: number, again: NewTicket): Ticket;
  /** Adds entities. */
  join(id: number, entities: readonly EntityState[], by: Change): void;
  /** Removes entities. */
  leave(id: number, entities: readonly EntityState[], by: Change): void;
  /** Updates the current problem of an open ticket. */
  say(id: number, now: Pick<TicketRecord, "words" | "waiting">): void;
  /** Records that a ticket is violated for another reason. */
  tell(id: number, by: Change): void;
  /**
   * Holds, releases, resolves or reopens; a person's change is durable and reaches the running monitor at its next
   * look.
   * @throws {InvalidInputError} If there is no such ticket or its state forbids it.
   */
  change(id: number, change: TicketStep, by: Change): Ticket;
}

/** The store of one connection. */
export function ticketStore(sqlite: Sqlite): TicketStore {
  return {
    get: (id) => getTicket(sqlite, id),
    list: (filter) => listTickets(sqlite, filter),
    transitions: (ticket) => ticketTransitions(sqlite, ticket),
    newest: (instance, of) => newestTicket(sqlite, instance, of),
    records: (instance, sinceMs) => ticketRecords(sqlite, instance, sinceMs),
    entities: (ticket, page) => ticketEntities(sqlite, ticket, page),
    components: (instance) => affectedComponents(sqlite, instance),
    open: (instance, ticket) => transact(sqlite, () => open(sqlite, instance, ticket)),
    reopen: (id, again) => transact(sqlite, () => reopen(sqlite, id, again)),
    join: (id, entities, by) => {
      listEntities(sqlite, { ticket: id, atMs: by.atMs }, entities);
      record(sqlite, { id, change: "joined" }, by);
    },
    leave: (id, entities, by) => {
      const gone = entities.map(({ entity }) => entity);
      delistEntities(sqlite, { ticket: id, atMs: by.atMs }, gone);
      record(sqlite, { id, change: "left" }, by);
    },
    say: (id, now) => say(sqlite, id, now),
    tell: (id, by) => record(sqlite, { id, change: "reason-changed" }, by),
    change: (id, change, by) => {
      const write = actorKind(by.actor) === "person" ? transactDurably : transact;
      return write(sqlite, () => changeTicket(sqlite, { id, change }, by));
    },
  };
}

function open(sqlite: Sqlite, instance: number, ticket: NewTicket): Ticket {
  const { lastInsertRowid } = sqlite
    .query(
      `INSERT INTO tickets (instance, invariant, component, entity, severity, symptom, state, summary, figures,
         first_violated_at_ms, began_at_ms, opened_at_ms, hold_down_ms, evidence)
       VALUES (?, ?, ?, ?, ?, ?, 'open', '', '{}', ?, ?, ?, ?, ?)`,
    )
    .run(
      instance,
      ticket.invariant,
      ticket.on,
      ticket.words.entity,
      ticket.severity,
      ticket.symptom ?? null,
      Math.round(ticket.firstViolatedAtMs),
      Math.round(ticket.beganAtMs),
      Math.round(ticket.atMs),
      ticket.holdDownMs ?? null,
      ticket.evidence ?? null,
    );
  return opened(sqlite, Number(lastInsertRowid), { ticket, change: "opened" });
}

function reopen(sqlite: Sqlite, id: number, again: NewTicket): Ticket {
  sqlite
    .query(
      `UPDATE tickets SET state = 'open', resolved_at_ms = NULL, reopen_count = reopen_count + 1, severity = ?,
         symptom = ?, first_violated_at_ms = ?, began_at_ms = ?, opened_at_ms = ?, hold_down_ms = ?, evidence = ?
       WHERE id = ?`,
    )
    .run(
      again.severity,
      again.symptom ?? null,
      Math.round(again.firstViolatedAtMs),
      Math.round(again.beganAtMs),
      Math.round(again.atMs),
      again.holdDownMs ?? null,
      again.evidence ?? null,
      id,
    );
  return opened(sqlite, id, { ticket: again, change: "reopened" });
}

interface Opened {
  readonly ticket: NewTicket;
  readonly change: "opened" | "reopened";
}

function opened(sqlite: Sqlite, id: number, { ticket, change }: Opened): Ticket {
  listEntities(sqlite, { ticket: id, atMs: ticket.atMs }, ticket.entities);
  say(sqlite, id, { words: ticket.words });
  record(sqlite, { id, change }, ticket);
  return existingTicket(sqlite, id);
}

function say(sqlite: Sqlite, id: number, { words, waiting }: Pick<TicketRecord, "words" | "waiting">): void {
  sqlite
    .query(
      `UPDATE tickets SET entity = ?, verdict = ?, reason = ?, summary = ?, figures = ?, problem_reason = ?,
         problem_summary = ?, affected = ?, violated = ?, waiting = ? WHERE id = ?`,
    )
    .run(
      words.entity,
      words.verdict,
      words.reason,
      cleanText(words.summary),
      ticketFigures.write(words.figures),
      words.problem.reason,
      cleanText(words.problem.summary),
      words.affected,
      words.violated,
      waiting ? ticketWaiting.write(waiting) : null,
      id,
    );
}

interface Changing {
  readonly id: number;
  readonly change: TicketChange;
}

function changeTicket(sqlite: Sqlite, { id, change }: { id: number; change: TicketStep }, by: Change): Ticket {
  const ticket = existingTicket(sqlite, id);
  const refusal = refusalOf(ticket, change) ?? (change === "reopened" ? otherOpen(sqlite, ticket) : undefined);
  if (refusal) throw new InvalidInputError(`Ticket ${id} ${refusal}`);
  const atMs = Math.round(by.atMs);
  const isPerson = actorKind(by.actor) === "person";
  switch (change) {
    case "held":
      sqlite.query("UPDATE tickets SET held = 1 WHERE id = ?").run(id);
      break;
    case "unheld":
      sqlite.query("UPDATE tickets SET held = 0, began_at_ms = ? WHERE id = ?").run(atMs, id);
      break;
    case "resolved":
      sqlite
        .query("UPDATE tickets SET state = 'resolved', held = 0, waiting = NULL, resolved_at_ms = ? WHERE id = ?")
        .run(atMs, id);
      delistAll(sqlite, id, atMs);
      if (isPerson) releaseEntities(sqlite, ticket, atMs);
      break;
    case "reopened":
      takeBackEntities(sqlite, ticket);
      sqlite
        .query(
          `UPDATE tickets SET state = 'open', resolved_at_ms = NULL, opened_at_ms = ?1, began_at_ms = ?1,
             reopen_count = reopen_count + 1 WHERE id = ?2`,
        )
        .run(atMs, id);
      break;
  }
  record(sqlite, { id, change }, by);
  if (isPerson) sqlite.query("UPDATE instances SET revision = revision + 1 WHERE id = ?").run(ticket.instance);
  return existingTicket(sqlite, id);
}

/** A component has one open ticket of an invariant. */
function otherOpen(sqlite: Sqlite, { id, instance, invariant, on }: Ticket): string | undefined {
  const newest = newestTicket(sqlite, instance, { invariant, on });
  if (!newest || newest.id === id || newest.state !== "open") return undefined;
  return `cannot be opened again: ticket ${newest.id} is open for ${invariant} of ${on}`;
}

function record(sqlite: Sqlite, { id, change }: Changing, { atMs, actor, reason }: Change): void {
  sqlite
    .query("INSERT INTO ticket_transitions (ticket, at_ms, change, actor, reason) VALUES (?, ?, ?, ?, ?)")
    .run(id, Math.round(atMs), change, actor, cleanText(reason));
}
