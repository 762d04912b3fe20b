/** A read-only connection: to an empty database before the first watch, or to a file that cannot be written. */

import { constants, Database as Sqlite } from "bun:sqlite";
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf } from "../../core/text/errors.ts";
import { log } from "../../io/log.ts";
import { connect, type OpenOptions } from "./connection.ts";
import { fileError, isUnwritable } from "./file-trouble.ts";
import { MIGRATIONS } from "./migrations.ts";

/**
 * Opens the file to read it. A missing file is an empty database; one that cannot be written is read in place, or from
 * a copy if SQLite would have to write to read it.
 * @throws {Error} If it cannot be read, is not a database, or was written by a newer version.
 */
export function connectToRead(
  path: string,
  options: Pick<OpenOptions, "waitMs"> = {},
  toWrite: typeof connect = connect,
): Sqlite {
  if (!isThere(path)) return connect(":memory:");
  try {
    return toWrite(path, { ...options, create: false });
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    const sqlite = firstOf(path, [readInPlace, readUnchanging, readCopy]);
    if (!sqlite) throw error;
    log.warn(`Opened read-only: ${messageOf(error)}`);
    return sqlite;
  }
}

/** @throws {Error} If that cannot be determined. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw fileError(`Cannot read database "${path}"`, error);
  }
}

type Way = (path: string) => Sqlite | undefined;

/** The first way that can read a row. */
function firstOf(path: string, ways: readonly Way[]): Sqlite | undefined {
  for (const way of ways) {
    try {
      const sqlite = way(path);
      if (sqlite) return sqlite;
    } catch {
      // The next way may work.
    }
  }
  return undefined;
}

/** Shares the index of the write-ahead log with a process that has the file open. */
function readInPlace(path: string): Sqlite | undefined {
  return checked(new Sqlite(path, { readonly: true, strict: true }));
}

/** Reads the file alone, since the write-ahead log is empty. */
function readUnchanging(path: string): Sqlite | undefined {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (log && log.size > 0) return undefined;
  const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
  return checked(new Sqlite(`${pathToFileURL(path).href}?immutable=1`, flags));
}

/** The copy is deleted before it is read, so that nothing of it remains. */
function readCopy(path: string): Sqlite {
  const folder = mkdtempSync(join(tmpdir(), "operator-copy-"));
  try {
    const copy = join(folder, "operator.db");
    copyFileSync(path, copy);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    return connect(copy, { create: false });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Accepts only the current version: an older one must be migrated first. */
function checked(sqlite: Sqlite): Sqlite | undefined {
  try {
    const version = sqlite.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version;
    sqlite.query("SELECT count(*) FROM sqlite_schema").get();
    if (version === MIGRATIONS.length) return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
  sqlite.close();
  return undefined;
}
