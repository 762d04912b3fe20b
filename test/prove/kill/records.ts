/** What is on record in a home after a kill, read without the operator's own code and without changing anything. */

import { Database, type SQLQueryBindings } from "bun:sqlite";
import { existsSync } from "node:fs";
import * as v from "valibot";

/** One file of records. */
export interface Records extends Disposable {
  /** Rows of a query, each in that form; none where the tables are not there yet. */
  rows<Schema extends v.GenericSchema>(
    form: Schema,
    sql: string,
    ...values: readonly SQLQueryBindings[]
  ): readonly v.InferOutput<Schema>[];
  /** How many rows a query has. */
  count(sql: string, ...values: readonly SQLQueryBindings[]): number;
  /** What SQLite finds wrong with the file. */
  damage(): readonly string[];
}

/** Opens a database that may be written to meanwhile, or that nobody has made yet. */
export function openRecords(path: string): Records {
  const sqlite = existsSync(path) ? new Database(path, { readonly: true }) : undefined;
  sqlite?.run("PRAGMA busy_timeout = 5000");
  const all = (sql: string, values: readonly SQLQueryBindings[]): readonly unknown[] => {
    try {
      return sqlite?.query<unknown, SQLQueryBindings[]>(sql).all(...values) ?? [];
    } catch (error) {
      if (error instanceof Error && error.message.startsWith("no such table")) return [];
      throw error;
    }
  };
  return {
    rows: (form, sql, ...values) => all(sql, values).map((row) => v.parse(form, row)),
    count: (sql, ...values) => all(sql, values).length,
    damage: () =>
      all("PRAGMA integrity_check", []).flatMap((row) => (Bun.deepEquals(row, SOUND) ? [] : [JSON.stringify(row)])),
    [Symbol.dispose]: () => sqlite?.close(),
  };
}

const SOUND = { integrity_check: "ok" };

/** Reads once. */
export function readRecords<T>(path: string, read: (records: Records) => T): T {
  using records = openRecords(path);
  return read(records);
}

/** A row of the audit log. */
export type AuditRow = v.InferOutput<typeof AuditForm>;

/** The audit log, oldest first. */
export function auditRows(records: Records, afterId = 0): readonly AuditRow[] {
  return records.rows(AuditForm, "SELECT id, event, detail, hash FROM audit WHERE id > ? ORDER BY id", afterId);
}

const AuditForm = v.object({
  id: v.number(),
  event: v.string(),
  detail: v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown())),
  hash: v.string(),
});
