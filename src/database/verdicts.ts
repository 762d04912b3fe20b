/** Every change of a verdict: what the monitor said of each entity, and since when. */

import type { Database as Sqlite } from "bun:sqlite";
import type { ComponentId, EntityId, Scalar } from "../core/ids.ts";
import type { Verdict } from "../core/invariant.ts";
import { cleanText, jsonColumn } from "./json.ts";
import type { Span } from "./span.ts";

/** An entity that got another verdict than before; the first one has no `from`. */
export interface VerdictChange {
  readonly id: number;
  readonly instance: number;
  /** Epoch milliseconds at which the checkup was due. */
  readonly atMs: number;
  readonly invariant: string;
  readonly entity: EntityId;
  readonly on: ComponentId;
  readonly from?: Verdict;
  readonly to: Verdict;
  readonly summary: string;
  readonly figures: Readonly<Record<string, Scalar>>;
}

/** Reads and writes changes of verdicts. */
export interface VerdictStore {
  add(change: Omit<VerdictChange, "id">): void;
  /** Oldest first. */
  between(instance: number, span: Span): readonly VerdictChange[];
  /** The last change of each entity at that time: what was said of it then. */
  at(instance: number, atMs: number): readonly VerdictChange[];
  /** Of that instance, after the change of that id, oldest first. */
  after(instance: number, id: number): readonly VerdictChange[];
  /** Forgets what is older, but for the last word on each entity. */
  prune(instance: number, beforeMs: number): number;
}

/** Changes of verdict, as the first version of the file has them. */
export const verdictTables = `
  CREATE TABLE verdict_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    instance INTEGER NOT NULL REFERENCES instances (id),
    at_ms INTEGER NOT NULL,
    invariant TEXT NOT NULL,
    entity TEXT NOT NULL,
    component TEXT NOT NULL,
    from_verdict TEXT,
    to_verdict TEXT NOT NULL,
    summary TEXT NOT NULL,
    figures TEXT NOT NULL
  ) STRICT;
  CREATE INDEX verdict_changes_by_time ON verdict_changes (instance, at_ms);
  CREATE INDEX verdict_changes_by_entity ON verdict_changes (instance, invariant, entity, id)`;

const figuresColumn = jsonColumn<VerdictChange["figures"]>();

interface ChangeRow {
  readonly id: number;
  readonly instance: number;
  readonly at_ms: number;
  readonly invariant: string;
  readonly entity: EntityId;
  readonly component: ComponentId;
  readonly from_verdict: Verdict | null;
  readonly to_verdict: Verdict;
  readonly summary: string;
  readonly figures: string;
}

/** The store of one connection. */
export function verdictStore(sqlite: Sqlite): VerdictStore {
  const select = (where: string, ...values: readonly number[]): readonly VerdictChange[] =>
    sqlite
      .query<ChangeRow, number[]>(`SELECT * FROM verdict_changes WHERE ${where} ORDER BY id`)
      .all(...values)
      .map(changeOf);
  return {
    add: (change) => add(sqlite, change),
    between: (instance, { fromMs, toMs }) => select("instance = ? AND at_ms BETWEEN ? AND ?", instance, fromMs, toMs),
    at: (instance, atMs) =>
      select(
        `id IN (SELECT max(id) FROM verdict_changes WHERE instance = ? AND at_ms <= ? GROUP BY invariant, entity)`,
        instance,
        atMs,
      ),
    after: (instance, id) => select("instance = ? AND id > ?", instance, id),
    prune: (instance, beforeMs) =>
      sqlite
        .query(
          `DELETE FROM verdict_changes WHERE instance = ? AND at_ms < ? AND (to_verdict = 'unknown' OR EXISTS (
             SELECT 1 FROM verdict_changes AS later WHERE later.instance = verdict_changes.instance
               AND later.invariant = verdict_changes.invariant AND later.entity = verdict_changes.entity
               AND later.id > verdict_changes.id))`,
        )
        .run(instance, beforeMs).changes,
  };
}

function add(sqlite: Sqlite, change: Omit<VerdictChange, "id">): void {
  sqlite
    .query(
      `INSERT INTO verdict_changes (instance, at_ms, invariant, entity, component, from_verdict, to_verdict, summary,
         figures)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      change.instance,
      Math.round(change.atMs),
      change.invariant,
      change.entity,
      change.on,
      change.from ?? null,
      change.to,
      cleanText(change.summary),
      figuresColumn.write(change.figures),
    );
}

function changeOf(row: ChangeRow): VerdictChange {
  return {
    id: row.id,
    instance: row.instance,
    atMs: row.at_ms,
    invariant: row.invariant,
    entity: row.entity,
    on: row.component,
    to: row.to_verdict,
    summary: row.summary,
    figures: figuresColumn.read(row.figures),
    ...(row.from_verdict !== null && { from: row.from_verdict }),
  };
}
