/** Rows that cannot be read, because they are damaged or of another version. They do not affect other rows. */

import { log } from "../../io/log.ts";

/** Number of rows remembered as reported. */
const MOST_TOLD = 1000;

const told = new Set<string>();

/** The table and id of a row. */
export interface StoredRow {
  readonly table: string;
  readonly id: number | string;
}

/** Returns the value; if there is none, reports the row once and returns the fallback. */
export function orTold<T>(value: T | undefined, row: StoredRow, fallback: T): T {
  if (value !== undefined) return value;
  const key = `${row.table} ${row.id}`;
  if (told.size >= MOST_TOLD) told.clear();
  if (!told.has(key)) log.warn("Skipped a row of the database that cannot be read", row);
  told.add(key);
  return fallback;
}

/** The values of the rows that can be read; each other row is reported once. */
export function readable<T, Row extends { readonly id: number }>(
  rows: readonly Row[],
  table: string,
  read: (row: Row) => T | undefined,
): readonly T[] {
  return rows.flatMap((row) => {
    const value = read(row);
    return value === undefined ? orTold<readonly T[]>(undefined, { table, id: row.id }, []) : [value];
  });
}
