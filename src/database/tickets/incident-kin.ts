/** Operations across incidents: split, link, merge, reopen. */

import type { Database as Sqlite } from "bun:sqlite";
import type { IncidentState } from "../../core/tickets/incident.ts";
import { cleanText } from "../sqlite/json.ts";
import type { Change } from "./tickets.ts";

/** An incident and the one that it is linked to. */
export interface Linking {
  readonly incident: number;
  /** Absent if it is unlinked. */
  readonly to: number | undefined;
}

/** Links an incident to another, or unlinks it. */
export function linkIncident(sqlite: Sqlite, { incident, to }: Linking, by: Change): void {
  sqlite.query("UPDATE incidents SET linked_to = ? WHERE id = ?").run(to ?? null, incident);
  noteIncident(sqlite, incident, by);
}

/** An incident with all that were split off from the same one, directly or indirectly. */
export function familyOf(sqlite: Sqlite, incident: number): readonly number[] {
  const parent = sqlite.query<{ id: number | null }, [number]>("SELECT split_from AS id FROM incidents WHERE id = ?");
  const children = sqlite.query<{ id: number }, [number]>("SELECT id FROM incidents WHERE split_from = ?");
  let eldest = incident;
  for (let above = parent.get(eldest)?.id; above; above = parent.get(eldest)?.id) eldest = above;
  const family = new Set([eldest]);
  for (const id of family) for (const child of children.all(id)) family.add(child.id);
  return [...family];
}

/** An incident and the one into which it is merged. */
export interface Merging {
  readonly incident: number;
  readonly into: number;
}

/** Moves the tickets of an incident into another, and resolves it. */
export function mergeIncident(sqlite: Sqlite, { incident, into }: Merging, by: Change): void {
  const state = stateOf(sqlite, incident);
  sqlite
    .query(
      "INSERT OR IGNORE INTO incident_tickets (incident, ticket, pinned) SELECT ?, ticket, 1 FROM incident_tickets WHERE incident = ?",
    )
    .run(into, incident);
  sqlite
    .query(
      `DELETE FROM incident_tickets WHERE incident = ? AND EXISTS (
         SELECT 1 FROM tickets WHERE id = ticket AND state = 'open')`,
    )
    .run(incident);
  sqlite.query("UPDATE incidents SET linked_to = ? WHERE linked_to = ?").run(into, incident);
  sqlite
    .query(
      `UPDATE incidents SET state = 'resolved', outcome = 'merged', merged_into = ?, linked_to = NULL, resolved_at_ms = ?
       WHERE id = ?`,
    )
    .run(into, Math.round(by.atMs), incident);
  recordMove(
    sqlite,
    { incident, from: state, to: "resolved" },
    { ...by, reason: `Merged into incident ${into}: ${by.reason}` },
  );
  noteIncident(sqlite, into, { ...by, reason: `Incident ${incident} was merged into this incident: ${by.reason}` });
}

/** Reopens a closed incident; its open tickets that are now in another incident stay there. */
export function reopenIncident(sqlite: Sqlite, incident: number, by: Change): void {
  sqlite
    .query(
      `DELETE FROM incident_tickets WHERE incident = ?1 AND EXISTS (
         SELECT 1 FROM incident_tickets AS other JOIN incidents ON incidents.id = other.incident
         WHERE other.ticket = incident_tickets.ticket AND other.incident <> ?1 AND state <> 'resolved')`,
    )
    .run(incident);
  sqlite
    .query(
      "UPDATE incidents SET state = 'open', outcome = NULL, resolved_at_ms = NULL, linked_to = NULL, closing = NULL WHERE id = ?",
    )
    .run(incident);
  recordMove(sqlite, { incident, from: "resolved", to: "open" }, by);
}

/** Adds to the history of an incident without changing its state. */
export function noteIncident(sqlite: Sqlite, incident: number, by: Change): void {
  const state = stateOf(sqlite, incident);
  recordMove(sqlite, { incident, from: state, to: state }, by);
}

/** One row of an incident's history. */
export interface MoveRow {
  readonly incident: number;
  readonly from: IncidentState | null;
  readonly to: IncidentState;
}

/** Writes one row of an incident's history. */
export function recordMove(sqlite: Sqlite, { incident, from, to }: MoveRow, { atMs, actor, reason }: Change): void {
  sqlite
    .query(
      "INSERT INTO incident_transitions (incident, at_ms, from_state, to_state, actor, reason) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .run(incident, Math.round(atMs), from, to, actor, cleanText(reason));
}

function stateOf(sqlite: Sqlite, incident: number): IncidentState {
  const row = sqlite
    .query<{ state: IncidentState }, [number]>("SELECT state FROM incidents WHERE id = ?")
    .get(incident);
  return row?.state ?? "resolved";
}
