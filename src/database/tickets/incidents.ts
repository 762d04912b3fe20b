/** Incidents, their histories, their tickets and what engines made of them. */

import type { SQLQueryBindings, Database as Sqlite } from "bun:sqlite";
import * as v from "valibot";
import { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import { InvalidInputError } from "../../core/text/errors.ts";
import type { Groupable } from "../../core/tickets/grouping.ts";
import {
  type Incident,
  type IncidentState,
  type IncidentTransition,
  mayMove,
  type Outcome,
} from "../../core/tickets/incident.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import type { Actor } from "../../core/words/actor.ts";
import { cleanText, jsonColumn } from "../sqlite/json.ts";
import { transact } from "../sqlite/transaction.ts";
import { readable } from "../sqlite/unreadable.ts";
import { whereOf } from "../sqlite/where.ts";
import { ticketsOfIncident, unfiledTickets } from "./ticket-rows.ts";
import type { Change } from "./tickets.ts";

/** What a new incident holds. */
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
  /** Refuses if the incident is elsewhere by now. */
  readonly from?: IncidentState;
  /** To what the end is owed, when it is one. */
  readonly outcome?: Outcome;
}

/** Which incidents are wanted; newest first. */
export interface IncidentFilter {
  readonly instance?: number;
  /** Only those that are not resolved. */
  readonly unresolved?: boolean;
  /** @default {1000} */
  readonly limit?: number;
}

/** A ticket of an unresolved incident. */
export interface OpenTicket extends Groupable, Pick<Ticket, "entity" | "state"> {
  readonly incident: number;
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
  /** Open tickets that are part of no unresolved incident: those that have just opened, or that a person has. */
  unfiled(instance: number): readonly Ticket[];
  /** The newest incident that a ticket is part of. */
  ofTicket(ticket: number): Incident | undefined;
  open(instance: number, incident: NewIncident): Incident;
  join(incident: number, tickets: readonly number[]): void;
  /** @throws {InvalidInputError} If there is no such incident or it may not go there from where it is. */
  move(incident: number, move: Move): Incident;
  addDiagnosis(incident: number, diagnosis: Diagnosis): void;
  /** What engines made of it, oldest first; what cannot be read is left out. */
  diagnoses(incident: number): readonly Diagnosis[];
}

const diagnosisColumn = jsonColumn((value): value is Diagnosis => v.is(Diagnosis, value));

interface IncidentRow {
  readonly id: number;
  readonly instance: number;
  readonly state: IncidentState;
  readonly title: string;
  readonly began_at_ms: number;
  readonly opened_at_ms: number;
  readonly resolved_at_ms: number | null;
  readonly outcome: Outcome | null;
}

interface DiagnosisRow {
  readonly id: number;
  readonly diagnosis: string;
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
    list: ({ instance, unresolved = false, limit = 1000 } = {}) => {
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
    addDiagnosis: (incident, diagnosis) => {
      sqlite
        .query("INSERT INTO diagnoses (incident, diagnosis) VALUES (?, ?)")
        .run(incident, diagnosisColumn.write(diagnosis));
    },
    diagnoses: (incident) => {
      const rows = sqlite
        .query<DiagnosisRow, [number]>("SELECT id, diagnosis FROM diagnoses WHERE incident = ? ORDER BY id")
        .all(incident);
      return readable(rows, "diagnoses", ({ diagnosis }) => diagnosisColumn.read(diagnosis));
    },
  };
}

/** A transition and the incident as it is now. */
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
    throw new InvalidInputError(
      `Cannot find incident ${id}: there is none, expected an id from "operator incidents list"`,
    );
  }
  return incident;
}

function open(sqlite: Sqlite, instance: number, incident: NewIncident): Incident {
  const { lastInsertRowid } = sqlite
    .query("INSERT INTO incidents (instance, state, title, began_at_ms, opened_at_ms) VALUES (?, 'open', ?, ?, ?)")
    .run(instance, cleanText(incident.title), Math.round(incident.beganAtMs), Math.round(incident.atMs));
  const id = Number(lastInsertRowid);
  join(sqlite, id, incident.tickets);
  record(sqlite, { id, from: null, to: "open" }, incident);
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
  record(sqlite, { id, from: state, to: step.to }, step);
  return existing(sqlite, id);
}

function openTickets(sqlite: Sqlite, instance: number): readonly OpenTicket[] {
  return sqlite
    .query<OpenTicket, [number]>(
      `SELECT tickets.id, invariant, entity, component AS "on", tickets.state,
         tickets.began_at_ms AS beganAtMs, incident
       FROM incidents JOIN incident_tickets ON incident = incidents.id JOIN tickets ON tickets.id = ticket
       WHERE incidents.instance = ? AND incidents.state <> 'resolved'`,
    )
    .all(instance);
}

interface Step {
  readonly id: number;
  readonly from: IncidentState | null;
  readonly to: IncidentState;
}

function record(sqlite: Sqlite, { id, from, to }: Step, { atMs, actor, reason }: Change): void {
  sqlite
    .query(
      "INSERT INTO incident_transitions (incident, at_ms, from_state, to_state, actor, reason) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .run(id, Math.round(atMs), from, to, actor, cleanText(reason));
}

function incidentOf(row: IncidentRow): Incident {
  return {
    id: row.id,
    instance: row.instance,
    state: row.state,
    title: row.title,
    beganAtMs: row.began_at_ms,
    openedAtMs: row.opened_at_ms,
    ...(row.resolved_at_ms !== null && { resolvedAtMs: row.resolved_at_ms }),
    ...(row.outcome !== null && { outcome: row.outcome }),
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
