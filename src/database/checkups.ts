/** Checkups in brief. */

import type { Database as Sqlite } from "bun:sqlite";
import { cleanText } from "./sqlite/json.ts";

/** One checkup in brief. */
export interface CheckupRow {
  readonly id: number;
  readonly instance: number;
  /** Epoch milliseconds at which it was due. */
  readonly atMs: number;
  readonly elapsedMs: number;
  /** Number of (invariant, entity) pairs by verdict. */
  readonly holds: number;
  readonly violated: number;
  readonly unknown: number;
  /** Why nothing was observed; absent if something was. */
  readonly failed?: string;
}

/** Reads and writes checkups. */
export interface CheckupStore {
  add(checkup: Omit<CheckupRow, "id">): void;
  latest(instance: number): CheckupRow | undefined;
  /** The newest first. */
  list(instance: number, limit: number): readonly CheckupRow[];
  /** Of that instance, after the checkup of that id, oldest first. */
  after(instance: number, id: number): readonly CheckupRow[];
  /** Deletes older rows, and returns how many. */
  prune(instance: number, beforeMs: number): number;
}

interface Row {
  readonly id: number;
  readonly instance: number;
  readonly at_ms: number;
  readonly elapsed_ms: number;
  readonly holds: number;
  readonly violated: number;
  readonly unknown: number;
  readonly failed: string | null;
}

/** The store of one connection. */
export function checkupStore(sqlite: Sqlite): CheckupStore {
  const list = (instance: number, limit: number): readonly CheckupRow[] =>
    sqlite
      .query<Row, [number, number]>("SELECT * FROM checkups WHERE instance = ? ORDER BY id DESC LIMIT ?")
      .all(instance, limit)
      .map(checkupOf);
  return {
    list,
    latest: (instance) => list(instance, 1)[0],
    after: (instance, id) =>
      sqlite
        .query<Row, [number, number]>("SELECT * FROM checkups WHERE instance = ? AND id > ? ORDER BY id")
        .all(instance, id)
        .map(checkupOf),
    add: ({ instance, atMs, elapsedMs, holds, violated, unknown, failed }) => {
      sqlite
        .query(
          `INSERT INTO checkups (instance, at_ms, elapsed_ms, holds, violated, unknown, failed)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(instance, Math.round(atMs), elapsedMs, holds, violated, unknown, failed ? cleanText(failed) : null);
    },
    prune: (instance, beforeMs) =>
      sqlite.query("DELETE FROM checkups WHERE instance = ? AND at_ms < ?").run(instance, beforeMs).changes,
  };
}

function checkupOf({ at_ms, elapsed_ms, failed, ...row }: Row): CheckupRow {
  return { ...row, atMs: at_ms, elapsedMs: elapsed_ms, ...(failed !== null && { failed }) };
}
