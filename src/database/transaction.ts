/** The one kind of transaction there is. */

import type { Database as Sqlite } from "bun:sqlite";

/** Runs in one immediate transaction; inside a running one it joins that. A deferred one fails as soon as two processes write. */
export function transact<T>(sqlite: Sqlite, run: () => T): T {
  return sqlite.inTransaction ? run() : sqlite.transaction(run).immediate();
}
