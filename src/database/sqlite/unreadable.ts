/** Rows that cannot be read: damaged, or written by another version. Each costs what it holds, and no other row anything. */

import { log } from "../../io/log.ts";

/** Rows that are remembered as told before all are forgotten. */
const MOST_TOLD = 1000;

const told = new Set<string>();

/** Which row it is. */
export interface StoredRow {
  readonly table: string;
  readonly id: number | string;
}

/** Tells once that a row cannot be read, and answers what is used in its place. */
export function orTold<T>(value: T | undefined, row: StoredRow, fallback: T): T {
  if (value !== undefined) return value;
  const key = `${row.table} ${row.id}`;
  if (told.size >= MOST_TOLD) told.clear();
  if (!told.has(key)) log.warn("Cannot read a row of the database, and go on without it", row);
  told.add(key);
  return fallback;
}

/** Those values that can be read; of each other one it is told. */
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
