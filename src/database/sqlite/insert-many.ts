/** Inserts many rows with few statements: a call of SQLite costs more than a row. */

import type { Changes, SQLQueryBindings, Database as Sqlite } from "bun:sqlite";

/** Rows of one statement; SQLite takes at most 32,766 values. */
const ROWS_AT_ONCE = 100;

/**
 * Inserts the rows, each a list of values in the order of the columns, and answers what the last statement changed.
 * @param into For instance `INSERT OR IGNORE INTO series (instance, metric, labels)`.
 */
export function insertMany(sqlite: Sqlite, into: string, rows: readonly (readonly SQLQueryBindings[])[]): Changes {
  let last: Changes = { changes: 0, lastInsertRowid: 0 };
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const chunk = rows.slice(at, at + ROWS_AT_ONCE);
    const places = chunk.map((row) => `(${row.map(() => "?").join(", ")})`).join(", ");
    last = sqlite.query<unknown, SQLQueryBindings[]>(`${into} VALUES ${places}`).run(...chunk.flat());
  }
  return last;
}
