/** A connection for reading only: to nothing before the first watch, and to a file that cannot be written as it is. */

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
 * Opens the file to read it. A missing file is an empty database; one that cannot be written is read where it lies, or, if
 * SQLite must write to read it, from a copy.
 * @throws {Error} If it cannot be read, is no database, or was written by a newer version.
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

/** @throws {Error} If that cannot be told. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw fileError(`Cannot read database "${path}"`, error);
  }
}

type Way = (path: string) => Sqlite | undefined;

/** The first way in which a row can be read. */
function firstOf(path: string, ways: readonly Way[]): Sqlite | undefined {
  for (const way of ways) {
    try {
      const sqlite = way(path);
      if (sqlite) return sqlite;
    } catch {
      // The next way may do.
    }
  }
  return undefined;
}

/** Beside a process that has it open, whose index of the write-ahead log can be shared. */
function readInPlace(path: string): Sqlite | undefined {
  return checked(new Sqlite(path, { readonly: true, strict: true }));
}

/** Nothing is in the write-ahead log, so the file is all there is. */
function readUnchanging(path: string): Sqlite | undefined {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (log && log.size > 0) return undefined;
  const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
  return checked(new Sqlite(`${pathToFileURL(path).href}?immutable=1`, flags));
}

/** The copy has no name any more when it is read, so nothing of it stays. */
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

/** Only of the present version: what is older must be brought to it first. */
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
