/** Wraps the stores of one open file: errors name the file and the reason, and nothing is written to a file that was deleted or replaced. */

import { SQLiteError, type Database as Sqlite } from "bun:sqlite";
import { statSync } from "node:fs";
import { fileError } from "./file-trouble.ts";

/** Wraps a store so that its errors name the file. */
export type Guard = <Store extends object>(store: Store) => Store;

/** The guard of a new connection. */
export function guardOf(sqlite: Sqlite, path: string): Guard {
  const opened = identityOf(path);
  function use(run: () => unknown): unknown {
    // Within a transaction it was checked already.
    if (!sqlite.inTransaction && identityOf(path) !== opened) throw lost(path);
    try {
      return run();
    } catch (error) {
      if (!(error instanceof SQLiteError)) throw error;
      throw fileError(`Cannot use database "${path}"`, error);
    }
  }
  return (store) =>
    new Proxy(store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...given: readonly unknown[]) => use(() => Reflect.apply(member, target, given));
      },
    });
}

/** The identity of a file, to detect a replacement; `undefined` if there is no file. */
function identityOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}

/** SQLite keeps using a deleted file, and what it writes there is lost when the process ends. */
function lost(path: string): Error {
  return new Error(
    `Cannot use database "${path}": the file was deleted, moved or replaced after it had been opened. Put it back, or start this command again`,
  );
}
