/** Stands before the stores of one open file: what fails says which file and why, and nothing goes to a file that nobody will find. */

import { SQLiteError, type Database as Sqlite } from "bun:sqlite";
import { statSync } from "node:fs";
import { fileError } from "./file-trouble.ts";

/** Gives a store whose failures name the file. */
export type Guard = <Store extends object>(store: Store) => Store;

/** A guard of the connection that has just been opened. */
export function guardOf(sqlite: Sqlite, path: string): Guard {
  const opened = identityOf(path);
  function use(run: () => unknown): unknown {
    // Within a transaction it has been looked at already.
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

/** Tells a file from another that has taken its place; `undefined` where there is none. */
function identityOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}

/** SQLite goes on with a file that has no name any more, and what it writes there is gone with the process. */
function lost(path: string): Error {
  return new Error(
    `Cannot use database "${path}": the file was deleted, moved or replaced after it had been opened, expected it to stay`,
  );
}
