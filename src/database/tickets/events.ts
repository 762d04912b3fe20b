/** The timeline: one table of dated events, written with the round that saw them. */

import type { Database as Sqlite } from "bun:sqlite";
import type { EventKind, RecordedEvent, SaidEvent } from "../../core/system/timeline.ts";
import type { EntityId } from "../../core/words/ids.ts";
import type { Verdict } from "../../core/words/verdict.ts";
import type { Span } from "../span.ts";
import { insertMany } from "../sqlite/insert-many.ts";
import { cleanText, figuresColumn } from "../sqlite/json.ts";
import { orTold } from "../sqlite/unreadable.ts";

/** An event in the file. */
export interface StoredEvent extends RecordedEvent {
  readonly id: number;
  readonly instance: number;
}

/** Events without secrets, prepared outside of transactions because that takes time. */
export type PreparedEvents = readonly EventRow[];

/** Reads and writes events. */
export interface EventStore {
  prepare(events: readonly RecordedEvent[]): PreparedEvents;
  add(instance: number, events: PreparedEvents): void;
  /** Oldest first. */
  between(instance: number, span: Span): readonly StoredEvent[];
  /** Of that instance, after the event of that id, oldest first. */
  after(instance: number, id: number): readonly StoredEvent[];
  /** Deletes older events, and returns how many. */
  prune(instance: number, beforeMs: number): number;
}

const saidFigures = figuresColumn();

interface EventRow {
  readonly at_ms: number;
  readonly event: EventKind;
  readonly of_id: EntityId;
  readonly to_id: EntityId | null;
  readonly invariant: string | null;
  readonly component: EntityId | null;
  readonly from_verdict: Verdict | null;
  readonly to_verdict: Verdict | null;
  readonly reason: string | null;
  readonly summary: string;
  readonly figures: string | null;
}

const COLUMNS = [
  "at_ms",
  "event",
  "of_id",
  "to_id",
  "invariant",
  "component",
  "from_verdict",
  "to_verdict",
  "reason",
  "summary",
  "figures",
] as const satisfies readonly (keyof EventRow)[];

interface StoredRow extends EventRow {
  readonly id: number;
  readonly instance: number;
}

/** The store of one connection. */
export function eventStore(sqlite: Sqlite): EventStore {
  return {
    prepare: (events) => events.map(rowOf),
    add: (instance, events) => {
      const into = `INSERT INTO events (instance, ${COLUMNS.join(", ")})`;
      const rows = events.map((row) => [instance, ...COLUMNS.map((column) => row[column])]);
      insertMany(sqlite, into, rows);
    },
    between: (instance, { fromMs, toMs }) =>
      sqlite
        .query<StoredRow, [number, number, number]>(
          "SELECT * FROM events WHERE instance = ? AND at_ms BETWEEN ? AND ? ORDER BY at_ms, id",
        )
        .all(instance, fromMs, toMs)
        .map(eventOf),
    after: (instance, id) =>
      sqlite
        .query<StoredRow, [number, number]>("SELECT * FROM events WHERE instance = ? AND id > ? ORDER BY id")
        .all(instance, id)
        .map(eventOf),
    prune: (instance, beforeMs) =>
      sqlite.query("DELETE FROM events WHERE instance = ? AND at_ms < ?").run(instance, beforeMs).changes,
  };
}

function rowOf({ atMs, event, of, to, invariant, summary, said }: RecordedEvent): EventRow {
  return {
    at_ms: Math.round(atMs),
    event,
    of_id: of,
    to_id: to ?? null,
    invariant: invariant ?? null,
    component: said?.on ?? null,
    from_verdict: said?.from ?? null,
    to_verdict: said?.to ?? null,
    reason: said?.reason ?? null,
    summary: cleanText(summary),
    figures: said ? saidFigures.write(said.figures) : null,
  };
}

function eventOf(row: StoredRow): StoredEvent {
  const said = saidOf(row);
  return {
    id: row.id,
    instance: row.instance,
    atMs: row.at_ms,
    event: row.event,
    of: row.of_id,
    summary: row.summary,
    ...(row.to_id !== null && { to: row.to_id }),
    ...(row.invariant !== null && { invariant: row.invariant }),
    ...(said && { said }),
  };
}

function saidOf({ id, component, from_verdict, to_verdict, reason, figures }: StoredRow): SaidEvent | undefined {
  if (component === null || to_verdict === null) return undefined;
  return {
    on: component,
    to: to_verdict,
    reason: reason ?? "",
    figures: figures === null ? {} : orTold(saidFigures.read(figures), { table: "events", id }, {}),
    ...(from_verdict !== null && { from: from_verdict }),
  };
}
