/** Incidents, their histories, tickets and diagnoses. */

import type { SQLQueryBindings, Database as Sqlite } from "bun:sqlite";
import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import { InvalidInputError } from "../../core/text/errors.ts";
import type { ClosingRecord } from "../../core/tickets/closing.ts";
import {
  type Incident,
  type IncidentState,
  type IncidentTransition,
  mayMove,
  type Outcome,
} from "../../core/tickets/incident.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import type { Actor } from "../../core/words/actor.ts";
import { cleanText, isFields, jsonColumn } from "../sqlite/json.ts";
import { transact } from "../sqlite/transaction.ts";
import { whereOf } from "../sqlite/where.ts";
import { addDiagnosis, diagnosesOf, type FoundCause, newestCauses } from "./diagnoses.ts";
import { linkIncident, mergeIncident, noteIncident, recordMove, reopenIncident } from "./incident-kin.ts";
import { type OpenTicket, openTickets } from "./open-tickets.ts";
import { ticketsOfIncident, unfiledTickets } from "./ticket-rows.ts";
import type { Change } from "./tickets.ts";

/** A new incident. */
export interface NewIncident extends Change {
  readonly title: string;
  /** Epoch milliseconds of the first violation among its tickets. */
  readonly beganAtMs: number;
  /** Ids of its first tickets. */
  readonly tickets: readonly number[];
}

/** One step of an incident. */
export interface Move extends Change {
  readonly to: IncidentState;
  /** The expected current state; any other is refused. */
  readonly from?: IncidentState;
  /** The outcome, if this step resolves the incident. */
  readonly outcome?: Outcome;
}

/** Filter of incidents; newest first. */
export interface IncidentFilter {
  readonly instance?: number;
  /** Only those that are not resolved. */
  readonly unresolved?: boolean;
  /** @default 1000; of those that are not resolved, all */
  readonly limit?: number;
}

/** Reads and moves incidents. */
export interface IncidentStore {
  get(id: number): Incident | undefined;
  list(filter?: IncidentFilter): readonly Incident[];
  transitions(incident: number): readonly IncidentTransition[];
  /** The tickets of an incident, oldest first. */
  tickets(incident: number): readonly Ticket[];
  /** The tickets of all unresolved incidents, each with the incident it is part of. */
  openTickets(instance: number): readonly OpenTicket[];
  /** Open tickets without an unresolved incident: those that have just opened, or are held by a person. */
  unfiled(instance: number): readonly Ticket[];
  /** The newest incident that a ticket is part of. */
  ofTicket(ticket: number): Incident | undefined;
  /** The cause that the newest diagnosis of each unresolved incident found, or one that is `older` diagnoses earlier. */
  causes(instance: number, older?: number): ReadonlyMap<number, FoundCause>;
  /** Moves tickets of an incident into a new one that shares its budget. */
  split(incident: number, own: NewIncident): Incident;
  /** Links an incident to another, or unlinks it. */
  link(incident: number, to: number | undefined, by: Change): void;
  /** Moves the tickets of an incident into another and resolves it. */
  merge(incident: number, into: number, by: Change): void;
  /** Reopens a closed incident. Its open tickets that are now in another incident stay there. */
  reopen(incident: number, by: Change): void;
  /** Pins the tickets of an incident regardless of its cause, because a person has put them there. */
  pin(incident: number): void;
  /** Adds to the history of an incident without changing its state. */
  note(incident: number, by: Change): void;
  retitle(incident: number, title: string): void;
  /** Stores the state of its claims while it recovers. */
  keepClosing(incident: number, closing: ClosingRecord): void;
  open(instance: number, incident: NewIncident): Incident;
  join(incident: number, tickets: readonly number[]): void;
  /** @throws {InvalidInputError} If there is no such incident or the transition is not allowed. */
  move(incident: number, move: Move): Incident;
  addDiagnosis(incident: number, diagnosis: Diagnosis): void;
  /** Its diagnoses, oldest first; unreadable ones are left out. */
  diagnoses(incident: number): readonly Diagnosis[];
}

const closingColumn = jsonColumn((value): value is ClosingRecord => isFields(value) && isFields(value["claims"]));

interface IncidentRow {
  readonly id: number;
  readonly instance: number;
  readonly state: IncidentState;
  readonly title: string;
  readonly began_at_ms: number;
  readonly opened_at_ms: number;
  readonly resolved_at_ms: number | null;
  readonly outcome: Outcome | null;
  readonly split_from: number | null;
  readonly linked_to: number | null;
  readonly merged_into: number | null;
  readonly closing: string | null;
}

interface TransitionRow {
  readonly id: number;
  readonly incident: number;
  readonly at_ms: number;
  readonly from_state: IncidentState | null;
  readonly to_state: IncidentState;
  readonly actor: Actor;
  readonly reason: string;
}

/** The store of one connection. */
export function incidentStore(sqlite: Sqlite): IncidentStore {
  return {
    get: (id) => get(sqlite, id),
    list: ({ instance, unresolved = false, limit = unresolved ? -1 : 1000 } = {}) => {
      const conditions = { "instance = ?": instance, "state <> 'resolved'": unresolved || undefined };
      const { clause, values } = whereOf(conditions);
      return sqlite
        .query<IncidentRow, SQLQueryBindings[]>(`SELECT * FROM incidents ${clause} ORDER BY id DESC LIMIT ?`)
        .all(...values, limit)
        .map(incidentOf);
    },
    transitions: (incident) =>
      sqlite
        .query<TransitionRow, [number]>("SELECT * FROM incident_transitions WHERE incident = ? ORDER BY id")
        .all(incident)
        .map(transitionOf),
    tickets: (incident) => ticketsOfIncident(sqlite, incident),
    openTickets: (instance) => openTickets(sqlite, instance),
    unfiled: (instance) => unfiledTickets(sqlite, instance),
    ofTicket: (ticket) => {
      const row = sqlite
        .query<IncidentRow, [number]>(
          `SELECT incidents.* FROM incidents JOIN incident_tickets ON incident = id
           WHERE ticket = ? ORDER BY id DESC LIMIT 1`,
        )
        .get(ticket);
      return row ? incidentOf(row) : undefined;
    },
    open: (instance, incident) => transact(sqlite, () => open(sqlite, instance, incident)),
    join: (incident, tickets) => transact(sqlite, () => join(sqlite, incident, tickets)),
    move: (incident, step) => transact(sqlite, () => move(sqlite, incident, step)),
    causes: (instance, older = 0) => newestCauses(sqlite, instance, older),
    split: (incident, own) => transact(sqlite, () => split(sqlite, incident, own)),
    link: (incident, to, by) => transact(sqlite, () => linkIncident(sqlite, { incident, to }, by)),
    merge: (incident, into, by) => transact(sqlite, () => mergeIncident(sqlite, { incident, into }, by)),
    reopen: (incident, by) => transact(sqlite, () => reopenIncident(sqlite, incident, by)),
    pin: (incident) => {
      sqlite.query("UPDATE incident_tickets SET pinned = 1 WHERE incident = ?").run(incident);
    },
    note: (incident, by) => noteIncident(sqlite, incident, by),
    retitle: (incident, title) => {
      const text = cleanText(title);
      sqlite.query("UPDATE incidents SET title = ? WHERE id = ? AND title <> ?").run(text, incident, text);
    },
    keepClosing: (incident, closing) => {
      sqlite.query("UPDATE incidents SET closing = ? WHERE id = ?").run(closingColumn.write(closing), incident);
    },
    addDiagnosis: (incident, diagnosis) => addDiagnosis(sqlite, incident, diagnosis),
    diagnoses: (incident) => diagnosesOf(sqlite, incident),
  };
}

/** A transition and the current incident. */
export interface IncidentNews {
  readonly incident: Incident;
  readonly transition: IncidentTransition;
}

/** Transitions of an instance's incidents after the one of that id, oldest first. */
export function incidentTransitionsAfter(sqlite: Sqlite, instance: number, id: number): readonly IncidentNews[] {
  return sqlite
    .query<TransitionRow, [number, number]>(
      `SELECT incident_transitions.* FROM incident_transitions JOIN incidents ON incidents.id = incident
       WHERE incident_transitions.id > ? AND instance = ? ORDER BY incident_transitions.id`,
    )
    .all(id, instance)
    .map((row) => ({ incident: existing(sqlite, row.incident), transition: transitionOf(row) }));
}

function get(sqlite: Sqlite, id: number): Incident | undefined {
  const row = sqlite.query<IncidentRow, [number]>("SELECT * FROM incidents WHERE id = ?").get(id);
  return row ? incidentOf(row) : undefined;
}

function existing(sqlite: Sqlite, id: number): Incident {
  const incident = get(sqlite, id);
  if (!incident) {
    throw new InvalidInputError(`There is no incident ${id}; list them with: operator incidents list --all`);
  }
  return incident;
}

function open(sqlite: Sqlite, instance: number, incident: NewIncident): Incident {
  const { lastInsertRowid } = sqlite
    .query("INSERT INTO incidents (instance, state, title, began_at_ms, opened_at_ms) VALUES (?, 'open', ?, ?, ?)")
    .run(instance, cleanText(incident.title), Math.round(incident.beganAtMs), Math.round(incident.atMs));
  const id = Number(lastInsertRowid);
  join(sqlite, id, incident.tickets);
  recordMove(sqlite, { incident: id, from: null, to: "open" }, incident);
  return existing(sqlite, id);
}

function split(sqlite: Sqlite, incident: number, own: NewIncident): Incident {
  const { instance } = existing(sqlite, incident);
  const leave = sqlite.query("DELETE FROM incident_tickets WHERE incident = ? AND ticket = ?");
  for (const ticket of own.tickets) leave.run(incident, ticket);
  const { id } = open(sqlite, instance, own);
  sqlite.query("UPDATE incidents SET split_from = ? WHERE id = ?").run(incident, id);
  noteIncident(sqlite, incident, { ...own, reason: `Split off incident ${id}: ${own.title}` });
  return existing(sqlite, id);
}

function join(sqlite: Sqlite, incident: number, tickets: readonly number[]): void {
  const insert = sqlite.query("INSERT OR IGNORE INTO incident_tickets (incident, ticket) VALUES (?, ?)");
  for (const ticket of tickets) insert.run(incident, ticket);
  sqlite
    .query(
      `UPDATE incidents SET began_at_ms = min(began_at_ms, coalesce((SELECT min(first_violated_at_ms) FROM tickets
         JOIN incident_tickets ON ticket = id WHERE incident = incidents.id), began_at_ms)) WHERE id = ?`,
    )
    .run(incident);
}

function move(sqlite: Sqlite, id: number, step: Move): Incident {
  const { state } = existing(sqlite, id);
  if (step.from && state !== step.from) {
    throw new InvalidInputError(`Cannot move incident ${id} to ${step.to}: it is ${state}, expected ${step.from}`);
  }
  if (!mayMove(state, step.to)) {
    throw new InvalidInputError(
      `Cannot move incident ${id} to ${step.to}: it is ${state}, expected a state before that`,
    );
  }
  const resolvedAtMs = step.to === "resolved" ? Math.round(step.atMs) : null;
  sqlite
    .query("UPDATE incidents SET state = ?, resolved_at_ms = ?, outcome = ? WHERE id = ?")
    .run(step.to, resolvedAtMs, step.outcome ?? null, id);
  recordMove(sqlite, { incident: id, from: state, to: step.to }, step);
  return existing(sqlite, id);
}

function incidentOf(row: IncidentRow): Incident {
  const closing = row.closing === null ? undefined : closingColumn.read(row.closing);
  return {
    id: row.id,
    instance: row.instance,
    state: row.state,
    title: row.title,
    beganAtMs: row.began_at_ms,
    openedAtMs: row.opened_at_ms,
    ...(row.resolved_at_ms !== null && { resolvedAtMs: row.resolved_at_ms }),
    ...(row.outcome !== null && { outcome: row.outcome }),
    ...(row.split_from !== null && { splitFrom: row.split_from }),
    ...(row.linked_to !== null && { linkedTo: row.linked_to }),
    ...(row.merged_into !== null && { mergedInto: row.merged_into }),
    ...(closing && { closing }),
  };
}

function transitionOf(row: TransitionRow): IncidentTransition {
  return {
    id: row.id,
    incident: row.incident,
    atMs: row.at_ms,
    to: row.to_state,
    actor: row.actor,
    reason: row.reason,
    ...(row.from_state !== null && { from: row.from_state }),
  };
}
