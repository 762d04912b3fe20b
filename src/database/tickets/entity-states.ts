/** Entity states: what the monitor remembers of each (invariant, entity), so that a restart loses no pending grace. */

import type { Database as Sqlite } from "bun:sqlite";
import { type EntityState, entityKey } from "../../core/tickets/entity-state.ts";
import type { TicketState } from "../../core/tickets/ticket.ts";
import type { ComponentId, EntityId } from "../../core/words/ids.ts";
import type { Verdict } from "../../core/words/verdict.ts";
import { insertMany } from "../sqlite/insert-many.ts";
import { cleanText } from "../sqlite/json.ts";

/** Reads and writes entity states. */
export interface EntityStateStore {
  /** Every track of an instance, each with the state of its newest ticket. */
  load(instance: number): readonly EntityState[];
  /** The verdicts of some entities as last written, by {@linkcode entityKey}; what is not followed is left out. */
  verdicts(instance: number, of: readonly Pick<EntityState, "invariant" | "entity">[]): ReadonlyMap<string, Verdict>;
  /** Writes the entity states that have changed; their tickets are the ticket store's. */
  save(instance: number, entityStates: Iterable<EntityState>): void;
  forget(instance: number, entityStates: Iterable<EntityState>): void;
}

interface TrackRow {
  readonly invariant: string;
  readonly entity: EntityId;
  readonly component: ComponentId;
  readonly verdict: Verdict;
  readonly verdict_since_ms: number;
  readonly summary: string;
  readonly violated_since_ms: number | null;
  readonly holds: number;
  readonly holds_since_ms: number | null;
  readonly unjudged_since_ms: number | null;
  readonly state: TicketState | null;
  readonly held: number | null;
  readonly resolved_at_ms: number | null;
}

/** The store of one connection. */
export function entityStateStore(sqlite: Sqlite): EntityStateStore {
  return {
    load: (instance) =>
      sqlite
        .query<TrackRow, [number]>(
          `SELECT entity_states.*, tickets.state, tickets.held, tickets.resolved_at_ms FROM entity_states
           LEFT JOIN tickets ON tickets.id = (
             SELECT max(id) FROM tickets AS newest
             WHERE newest.instance = entity_states.instance AND newest.invariant = entity_states.invariant
               AND newest.entity = entity_states.entity)
           WHERE entity_states.instance = ?`,
        )
        .all(instance)
        .map(trackOf),
    verdicts: (instance, of) => {
      const verdict = sqlite.query<Pick<TrackRow, "verdict">, [number, string, string]>(
        "SELECT verdict FROM entity_states WHERE instance = ? AND invariant = ? AND entity = ?",
      );
      const known = of.flatMap((one) => {
        const row = verdict.get(instance, one.invariant, one.entity);
        return row ? [[entityKey(one), row.verdict] as const] : [];
      });
      return new Map(known);
    },
    save: (instance, entityStates) => save(sqlite, instance, [...entityStates]),
    forget: (instance, entityStates) => {
      const forget = sqlite.query("DELETE FROM entity_states WHERE instance = ? AND invariant = ? AND entity = ?");
      for (const { invariant, entity } of entityStates) forget.run(instance, invariant, entity);
    },
  };
}

const SAVE = `INSERT OR REPLACE INTO entity_states (instance, invariant, entity, component, verdict, verdict_since_ms, summary,
  violated_since_ms, holds, holds_since_ms, unjudged_since_ms)`;

function save(sqlite: Sqlite, instance: number, entityStates: readonly EntityState[]): void {
  const rows = entityStates.map((entityState) => [
    instance,
    entityState.invariant,
    entityState.entity,
    entityState.on,
    entityState.verdict,
    Math.round(entityState.verdictSinceMs),
    cleanText(entityState.summary),
    rounded(entityState.violatedSinceMs),
    entityState.holds,
    rounded(entityState.holdsSinceMs),
    rounded(entityState.unjudgedSinceMs),
  ]);
  insertMany(sqlite, SAVE, rows);
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}

function trackOf(row: TrackRow): EntityState {
  return {
    invariant: row.invariant,
    entity: row.entity,
    on: row.component,
    verdict: row.verdict,
    verdictSinceMs: row.verdict_since_ms,
    summary: row.summary,
    holds: row.holds,
    ...(row.violated_since_ms !== null && { violatedSinceMs: row.violated_since_ms }),
    ...(row.holds_since_ms !== null && { holdsSinceMs: row.holds_since_ms }),
    ...(row.unjudged_since_ms !== null && { unjudgedSinceMs: row.unjudged_since_ms }),
    ...(row.state !== null && {
      ticket: {
        state: row.state,
        held: row.held === 1,
        ...(row.resolved_at_ms !== null && { resolvedAtMs: row.resolved_at_ms }),
      },
    }),
  };
}
