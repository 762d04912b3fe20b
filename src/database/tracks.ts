/** Tracks: what the monitor remembers of each (invariant, entity), so that a restart loses no pending grace. */

import type { Database as Sqlite } from "bun:sqlite";
import type { TicketState } from "../core/tickets/ticket.ts";
import { type Track, trackKey } from "../core/tickets/track.ts";
import type { ComponentId, EntityId } from "../core/words/ids.ts";
import type { Verdict } from "../core/words/verdict.ts";
import { insertMany } from "./sqlite/insert-many.ts";
import { cleanText } from "./sqlite/json.ts";

/** Reads and writes tracks. */
export interface TrackStore {
  /** Every track of an instance, each with the state of its newest ticket. */
  load(instance: number): readonly Track[];
  /** The verdicts of some entities as last written, by {@linkcode trackKey}; what is not followed is left out. */
  verdicts(instance: number, of: readonly Pick<Track, "invariant" | "entity">[]): ReadonlyMap<string, Verdict>;
  /** Writes the tracks that have changed; their tickets are the ticket store's. */
  save(instance: number, tracks: Iterable<Track>): void;
  forget(instance: number, tracks: Iterable<Track>): void;
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
export function trackStore(sqlite: Sqlite): TrackStore {
  return {
    load: (instance) =>
      sqlite
        .query<TrackRow, [number]>(
          `SELECT tracks.*, tickets.state, tickets.held, tickets.resolved_at_ms FROM tracks
           LEFT JOIN tickets ON tickets.id = (
             SELECT max(id) FROM tickets AS newest
             WHERE newest.instance = tracks.instance AND newest.invariant = tracks.invariant
               AND newest.entity = tracks.entity)
           WHERE tracks.instance = ?`,
        )
        .all(instance)
        .map(trackOf),
    verdicts: (instance, of) => {
      const verdict = sqlite.query<Pick<TrackRow, "verdict">, [number, string, string]>(
        "SELECT verdict FROM tracks WHERE instance = ? AND invariant = ? AND entity = ?",
      );
      const known = of.flatMap((one) => {
        const row = verdict.get(instance, one.invariant, one.entity);
        return row ? [[trackKey(one), row.verdict] as const] : [];
      });
      return new Map(known);
    },
    save: (instance, tracks) => save(sqlite, instance, [...tracks]),
    forget: (instance, tracks) => {
      const forget = sqlite.query("DELETE FROM tracks WHERE instance = ? AND invariant = ? AND entity = ?");
      for (const { invariant, entity } of tracks) forget.run(instance, invariant, entity);
    },
  };
}

const SAVE = `INSERT OR REPLACE INTO tracks (instance, invariant, entity, component, verdict, verdict_since_ms, summary,
  violated_since_ms, holds, holds_since_ms, unjudged_since_ms)`;

function save(sqlite: Sqlite, instance: number, tracks: readonly Track[]): void {
  const rows = tracks.map((track) => [
    instance,
    track.invariant,
    track.entity,
    track.on,
    track.verdict,
    Math.round(track.verdictSinceMs),
    cleanText(track.summary),
    rounded(track.violatedSinceMs),
    track.holds,
    rounded(track.holdsSinceMs),
    rounded(track.unjudgedSinceMs),
  ]);
  insertMany(sqlite, SAVE, rows);
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}

function trackOf(row: TrackRow): Track {
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
