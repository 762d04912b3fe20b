/** The two kinds of transaction: an ordinary one for data that the next round writes again, and a durable one for acknowledged data. */

import type { Database as Sqlite } from "bun:sqlite";

/** Runs in one immediate transaction; inside a running one it joins that. A deferred one fails as soon as two processes write. */
export function transact<T>(sqlite: Sqlite, run: () => T): T {
  return sqlite.inTransaction ? run() : sqlite.transaction(run).immediate();
}

/**
 * Runs in one immediate transaction that is on disk when this returns, so that a power cut does not undo it. Inside a
 * running one of this kind it joins that.
 * @throws {Error} If a transaction of the other kind is running, whose commit would not be synchronised.
 */
export function transactDurably<T>(sqlite: Sqlite, run: () => T): T {
  if (sqlite.inTransaction) {
    if (isDurable(sqlite)) return run();
    throw new Error("Cannot write durably: the running transaction is not durable, expected transactDurably around it");
  }
  const next: (() => void)[] = [];
  // SQLite refuses to change the level inside a transaction.
  sqlite.run("PRAGMA synchronous = FULL");
  followUps.set(sqlite, next);
  try {
    const result = sqlite.transaction(run).immediate();
    for (const follow of next) follow();
    return result;
  } finally {
    followUps.delete(sqlite);
    sqlite.run("PRAGMA synchronous = NORMAL");
  }
}

/** Runs a callback once the current durable transaction is on disk, and not if that fails. It must not throw. */
export function onceDurable(sqlite: Sqlite, run: () => void): void {
  followUps.get(sqlite)?.push(run);
}

const followUps = new WeakMap<Sqlite, (() => void)[]>();

/** Whether the connection synchronises the file at each commit; 2 is FULL and 3 is EXTRA. */
function isDurable(sqlite: Sqlite): boolean {
  return (sqlite.query<{ synchronous: number }, []>("PRAGMA synchronous").get()?.synchronous ?? 0) >= 2;
}
