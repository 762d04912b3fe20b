/** Current and former entities of tickets. */

import type { Database as Sqlite } from "bun:sqlite";
import type { EntityState } from "../../core/tickets/entity-state.ts";
import type { Ticket, TicketEntity } from "../../core/tickets/ticket.ts";
import { ticketKey } from "../../core/tickets/ticket-record.ts";
import type { ComponentId, EntityId } from "../../core/words/ids.ts";
import { type Verdict, violatedOrAll } from "../../core/words/verdict.ts";
import { insertMany } from "../sqlite/insert-many.ts";
import { cleanText } from "../sqlite/json.ts";

/** The requested part of a list. */
export interface Page {
  /** @default {1000} */
  readonly limit?: number;
  /** @default {0} */
  readonly offset?: number;
}

interface EntityRow {
  readonly entity: EntityId;
  readonly joined_at_ms: number;
  readonly left_at_ms: number | null;
  readonly joined_summary: string;
  readonly component: ComponentId | null;
  readonly verdict: Verdict | null;
  readonly summary: string | null;
}

/** The entities of a ticket: current ones first, and of those the worst first. */
export function ticketEntities(
  sqlite: Sqlite,
  ticket: number,
  { limit = 1000, offset = 0 }: Page = {},
): readonly TicketEntity[] {
  return sqlite
    .query<EntityRow, [number, number, number]>(
      `SELECT ticket_entities.entity, joined_at_ms, left_at_ms, ticket_entities.summary AS joined_summary,
         entity_states.component, entity_states.verdict, entity_states.summary
       FROM ticket_entities JOIN tickets ON tickets.id = ticket
       LEFT JOIN entity_states ON entity_states.instance = tickets.instance
         AND entity_states.invariant = tickets.invariant AND entity_states.entity = ticket_entities.entity
       WHERE ticket = ?
       ORDER BY left_at_ms IS NOT NULL,
         CASE entity_states.verdict WHEN 'violated' THEN 0 WHEN 'unknown' THEN 1 WHEN 'holds' THEN 2 ELSE 3 END,
         coalesce(violated_since_ms, verdict_since_ms), ticket_entities.entity
       LIMIT ? OFFSET ?`,
    )
    .all(ticket, limit, offset)
    .map((row) => ({
      entity: row.entity,
      joinedAtMs: row.joined_at_ms,
      joinedSummary: row.joined_summary,
      ...(row.left_at_ms !== null && { leftAtMs: row.left_at_ms }),
      ...(row.component !== null && { on: row.component }),
      ...(row.verdict !== null && { verdict: row.verdict }),
      ...(row.summary !== null && { summary: row.summary }),
    }));
}

interface AffectedRow {
  readonly invariant: string;
  readonly on: ComponentId;
  readonly component: ComponentId;
  readonly verdict: Verdict;
}

/**
 * The components on which the entities of open tickets are now, by {@linkcode ticketKey}. Where some are violated, the others
 * say nothing of what the ticket shows.
 */
export function affectedComponents(sqlite: Sqlite, instance: number): ReadonlyMap<string, readonly ComponentId[]> {
  const rows = sqlite
    .query<AffectedRow, [number]>(
      `SELECT DISTINCT invariant, ticket_on AS "on", component, verdict FROM entity_states
       WHERE instance = ? AND ticket_on IS NOT NULL`,
    )
    .all(instance);
  return new Map(
    [...Map.groupBy(rows, ticketKey)].map(([key, group]) => [
      key,
      [...new Set(violatedOrAll(group).map(({ component }) => component))],
    ]),
  );
}

/** The ticket, and the time of the change. */
export interface Listing {
  readonly ticket: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** Adds entities to a ticket. */
export function listEntities(sqlite: Sqlite, { ticket, atMs }: Listing, states: readonly EntityState[]): void {
  const rows = states.map(({ entity, summary }) => [ticket, entity, Math.round(atMs), null, cleanText(summary)]);
  insertMany(
    sqlite,
    "INSERT OR REPLACE INTO ticket_entities (ticket, entity, joined_at_ms, left_at_ms, summary)",
    rows,
  );
}

/** Records that entities have left a ticket. */
export function delistEntities(sqlite: Sqlite, { ticket, atMs }: Listing, entities: readonly EntityId[]): void {
  const leave = sqlite.query("UPDATE ticket_entities SET left_at_ms = ? WHERE ticket = ? AND entity = ?");
  for (const entity of entities) leave.run(Math.round(atMs), ticket, entity);
}

/** Records that all entities have left a ticket. */
export function delistAll(sqlite: Sqlite, ticket: number, atMs: number): void {
  sqlite
    .query("UPDATE ticket_entities SET left_at_ms = ? WHERE ticket = ? AND left_at_ms IS NULL")
    .run(Math.round(atMs), ticket);
}

/** After a person has resolved a ticket, every count of its entities is reset. */
export function releaseEntities(sqlite: Sqlite, { instance, invariant, on }: Ticket, atMs: number): void {
  sqlite
    .query(
      `UPDATE entity_states SET ticket_on = NULL, gone = 0, fill_ms = 0, holds = 0, held_ms = 0, as_of_ms = ?1,
         violated_since_ms = CASE verdict WHEN 'violated' THEN ?1 END
       WHERE instance = ?2 AND invariant = ?3 AND ticket_on = ?4`,
    )
    .run(Math.round(atMs), instance, invariant, on);
}

/** A ticket that a person reopens gets the entities with which it was resolved, unless another ticket has them now. */
export function takeBackEntities(sqlite: Sqlite, { id, instance, invariant, on, resolvedAtMs = 0 }: Ticket): void {
  sqlite
    .query(
      `UPDATE entity_states SET ticket_on = ?1, holds = 0, held_ms = 0
       WHERE instance = ?2 AND invariant = ?3 AND ticket_on IS NULL AND entity IN (
         SELECT entity FROM ticket_entities WHERE ticket = ?4 AND left_at_ms = ?5)`,
    )
    .run(on, instance, invariant, id, resolvedAtMs);
  sqlite
    .query("UPDATE ticket_entities SET left_at_ms = NULL WHERE ticket = ? AND left_at_ms = ?")
    .run(id, resolvedAtMs);
}
