/** Checkups in brief, and every change of a verdict: what another process needs to follow a monitor. */

import type { Database as Sqlite } from "bun:sqlite";
import type { ComponentId, EntityId, Scalar } from "../core/ids.ts";
import type { Verdict } from "../core/invariant.ts";
import { cleanText, jsonColumn } from "./json.ts";

/** One checkup in brief. */
export interface CheckupRow {
  readonly id: number;
  readonly instance: number;
  /** Epoch milliseconds at which it was due. */
  readonly atMs: number;
  readonly elapsedMs: number;
  /** How many entities got which verdict. */
  readonly holds: number;
  readonly violated: number;
  readonly unknown: number;
  /** Why nothing was observed; absent where something was. */
  readonly failed?: string;
}

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

/** From when to when, both included. */
export interface Span {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds. */
  readonly toMs: number;
}

/** Reads and writes checkups. */
export interface CheckupStore {
  add(checkup: Omit<CheckupRow, "id">): number;
  latest(instance: number): CheckupRow | undefined;
  /** The newest first. */
  list(instance: number, limit: number): readonly CheckupRow[];
  addChange(change: Omit<VerdictChange, "id">): void;
  /** Oldest first. */
  changes(instance: number, span: Span): readonly VerdictChange[];
  /** Forgets what is older, and answers how many rows that were. */
  prune(instance: number, beforeMs: number): number;
}

export const checkupTables = `
  CREATE TABLE checkups (
    id INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL REFERENCES instances (id),
    at_ms INTEGER NOT NULL,
    elapsed_ms REAL NOT NULL,
    holds INTEGER NOT NULL,
    violated INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    failed TEXT
  ) STRICT;
  CREATE INDEX checkups_by_time ON checkups (instance, at_ms);
  CREATE TABLE verdict_changes (
    id INTEGER PRIMARY KEY,
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
  CREATE INDEX verdict_changes_by_time ON verdict_changes (instance, at_ms)`;

const figuresColumn = jsonColumn<VerdictChange["figures"]>();

interface CheckupColumns {
  readonly id: number;
  readonly instance: number;
  readonly at_ms: number;
  readonly elapsed_ms: number;
  readonly holds: number;
  readonly violated: number;
  readonly unknown: number;
  readonly failed: string | null;
}

interface ChangeColumns {
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
export function checkupStore(sqlite: Sqlite): CheckupStore {
  const list = (instance: number, limit: number): readonly CheckupRow[] =>
    sqlite
      .query<CheckupColumns, [number, number]>("SELECT * FROM checkups WHERE instance = ? ORDER BY id DESC LIMIT ?")
      .all(instance, limit)
      .map(checkupOf);
  return {
    list,
    latest: (instance) => list(instance, 1)[0],
    add: ({ instance, atMs, elapsedMs, holds, violated, unknown, failed }) =>
      Number(
        sqlite
          .query(
            `INSERT INTO checkups (instance, at_ms, elapsed_ms, holds, violated, unknown, failed)
             VALUES (?, ?, ?, ?, ?, ?, ?)`,
          )
          .run(instance, Math.round(atMs), elapsedMs, holds, violated, unknown, failed ? cleanText(failed) : null)
          .lastInsertRowid,
      ),
    addChange: (change) => {
      sqlite
        .query(
          `INSERT INTO verdict_changes (instance, at_ms, invariant, entity, component, from_verdict, to_verdict, summary, figures)
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
    },
    changes: (instance, { fromMs, toMs }) =>
      sqlite
        .query<ChangeColumns, [number, number, number]>(
          "SELECT * FROM verdict_changes WHERE instance = ? AND at_ms BETWEEN ? AND ? ORDER BY id",
        )
        .all(instance, fromMs, toMs)
        .map(changeOf),
    prune: (instance, beforeMs) =>
      ["checkups", "verdict_changes"]
        .map((table) => sqlite.query(`DELETE FROM ${table} WHERE instance = ? AND at_ms < ?`).run(instance, beforeMs))
        .reduce((sum, { changes }) => sum + changes, 0),
  };
}

function checkupOf({ at_ms, elapsed_ms, failed, ...row }: CheckupColumns): CheckupRow {
  return { ...row, atMs: at_ms, elapsedMs: elapsed_ms, ...(failed !== null && { failed }) };
}

function changeOf(row: ChangeColumns): VerdictChange {
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
