/** Inserts many rows with few statements: a call to SQLite costs more than a row. */

import type { Changes, SQLQueryBindings, Database as Sqlite } from "bun:sqlite";

/** Rows of one statement at most; SQLite takes at most 32,766 values. */
const ROWS_AT_ONCE = 128;

/**
 * Inserts the rows, each a list of values in the order of the columns, and returns how many were inserted and the id of
 * the last one.
 * @param into For instance `INSERT OR IGNORE INTO series (instance, metric, labels)`.
 */
export function insertMany(sqlite: Sqlite, into: string, rows: readonly (readonly SQLQueryBindings[])[]): Changes {
  let all: Changes = { changes: 0, lastInsertRowid: 0 };
  let size = ROWS_AT_ONCE;
  for (let at = 0; at < rows.length; at += size) {
    // Powers of two, so that few statements are prepared and kept, however many rows there are.
    while (size > rows.length - at) size /= 2;
    const chunk = rows.slice(at, at + size);
    const places = chunk.map((row) => `(${row.map(() => "?").join(", ")})`).join(", ");
    const { changes, lastInsertRowid } = sqlite
      .query<unknown, SQLQueryBindings[]>(`${into} VALUES ${places}`)
      .run(...chunk.flat());
    all = { changes: all.changes + changes, lastInsertRowid };
  }
  return all;
}
