/** Entity states: what the monitor remembers of each (invariant, entity), so that a restart loses no pending grace. */

import type { Database as Sqlite } from "bun:sqlite";
import { type EntityState, entityKey } from "../../core/tickets/entity-state.ts";
import type { ComponentId, EntityId } from "../../core/words/ids.ts";
import type { Verdict } from "../../core/words/verdict.ts";
import { insertMany } from "../sqlite/insert-many.ts";
import { cleanText } from "../sqlite/json.ts";

/** Reads and writes entity states. */
export interface EntityStateStore {
  /** Every state of an instance. */
  load(instance: number): readonly EntityState[];
  /** The verdicts of some entities as last written, by {@linkcode entityKey}; entities without a state are left out. */
  verdicts(instance: number, of: readonly Pick<EntityState, "invariant" | "entity">[]): ReadonlyMap<string, Verdict>;
  /** Writes changed entity states; the ticket store writes their tickets. */
  save(instance: number, entityStates: Iterable<EntityState>): void;
  forget(instance: number, entityStates: Iterable<EntityState>): void;
}

interface StateRow {
  readonly invariant: string;
  readonly entity: EntityId;
  readonly component: ComponentId;
  readonly verdict: Verdict;
  readonly verdict_since_ms: number;
  readonly reason: string;
  readonly summary: string;
  readonly as_of_ms: number;
  readonly fill_ms: number;
  readonly violated_since_ms: number | null;
  readonly holds: number;
  readonly held_ms: number;
  readonly unjudged_since_ms: number | null;
  readonly ticket_on: ComponentId | null;
  readonly gone: number;
}

/** The store of one connection. */
export function entityStateStore(sqlite: Sqlite): EntityStateStore {
  return {
    load: (instance) =>
      sqlite.query<StateRow, [number]>("SELECT * FROM entity_states WHERE instance = ?").all(instance).map(stateOf),
    verdicts: (instance, of) => {
      const verdict = sqlite.query<Pick<StateRow, "verdict">, [number, string, string]>(
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

const SAVE = `INSERT OR REPLACE INTO entity_states (instance, invariant, entity, component, verdict, verdict_since_ms,
  reason, summary, as_of_ms, fill_ms, violated_since_ms, holds, held_ms, unjudged_since_ms, ticket_on, gone)`;

function save(sqlite: Sqlite, instance: number, entityStates: readonly EntityState[]): void {
  const rows = entityStates.map((state) => [
    instance,
    state.invariant,
    state.entity,
    state.on,
    state.verdict,
    Math.round(state.verdictSinceMs),
    state.reason,
    cleanText(state.summary),
    Math.round(state.asOfMs),
    state.fillMs,
    rounded(state.violatedSinceMs),
    state.holds,
    state.heldMs,
    rounded(state.unjudgedSinceMs),
    state.ticketOn ?? null,
    state.isGone ? 1 : 0,
  ]);
  insertMany(sqlite, SAVE, rows);
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}

function stateOf(row: StateRow): EntityState {
  return {
    invariant: row.invariant,
    entity: row.entity,
    on: row.component,
    verdict: row.verdict,
    verdictSinceMs: row.verdict_since_ms,
    reason: row.reason,
    summary: row.summary,
    asOfMs: row.as_of_ms,
    fillMs: row.fill_ms,
    holds: row.holds,
    heldMs: row.held_ms,
    ...(row.violated_since_ms !== null && { violatedSinceMs: row.violated_since_ms }),
    ...(row.unjudged_since_ms !== null && { unjudgedSinceMs: row.unjudged_since_ms }),
    ...(row.ticket_on !== null && { ticketOn: row.ticket_on }),
    ...(row.gone === 1 && { isGone: true }),
  };
}
