/** One connection to the database file: opened with the pragmas that several processes need, brought to the newest form. */

import { Database as Sqlite } from "bun:sqlite";
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../core/errors.ts";
import { MIGRATIONS } from "./migrations.ts";
import { transact } from "./transaction.ts";

const BUSY_TIMEOUT_MS = 5000;
const BUSY_PAUSE_MS = 20;

const READ_ONLY = "the file or its folder is read-only, expected one that can be written";
const UNUSABLE = "the file or its folder cannot be opened or written, expected a writable file in a writable folder";
const STRANGE = "the file is no SQLite database, expected one that operator has written";
const LOCKED = "another process has kept it locked for 5 s, expected a short wait";

/** What the codes of SQLite and of the file system mean to a person. */
const REASONS: Readonly<Record<string, string>> = {
  SQLITE_READONLY: READ_ONLY,
  SQLITE_READONLY_DIRECTORY: READ_ONLY,
  SQLITE_READONLY_DBMOVED: READ_ONLY,
  EACCES: READ_ONLY,
  EPERM: READ_ONLY,
  EROFS: READ_ONLY,
  SQLITE_CANTOPEN: UNUSABLE,
  ENOTDIR: UNUSABLE,
  EEXIST: UNUSABLE,
  SQLITE_NOTADB: STRANGE,
  SQLITE_CORRUPT: STRANGE,
  SQLITE_BUSY: LOCKED,
};

/** How a file is opened. */
export interface OpenOptions {
  /** Makes the file and its folder where they are missing; without it a missing file is an error. @default {true} */
  readonly create?: boolean;
  /** Statements by version. @default the forms of the operator's own file */
  readonly migrations?: readonly (readonly string[])[];
}

/**
 * Opens the file and brings it to the newest version.
 * @throws {Error} If it cannot be read and written, is no database, or was written by a newer version.
 */
export function connect(path: string, { create = true, migrations = MIGRATIONS }: OpenOptions = {}): Sqlite {
  if (!create && !existsSync(path)) {
    throw new Error(
      `Cannot open database "${path}": there is no such file, expected one that "operator watch" has written`,
    );
  }
  try {
    if (create) mkdirSync(dirname(path), { recursive: true });
    return prepared({ path, migrations });
  } catch (error) {
    if (error instanceof RefusedFileError) throw error;
    throw new Error(`Cannot open database "${path}": ${reasonOf(error)}`, { cause: error });
  }
}

/** The file is sound and not for us. */
class RefusedFileError extends Error {}

interface Target {
  readonly path: string;
  readonly migrations: NonNullable<OpenOptions["migrations"]>;
}

/** The order of the pragmas matters: without the time-out first, a second process dies on the others. */
function prepared(target: Target): Sqlite {
  const sqlite = new Sqlite(target.path, { create: true, strict: true });
  try {
    sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    refuseNewer(sqlite, target);
    patiently(() => sqlite.run("PRAGMA journal_mode = WAL"));
    sqlite.run("PRAGMA synchronous = NORMAL");
    sqlite.run("PRAGMA foreign_keys = ON");
    migrate(sqlite, target);
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/** The first change to write-ahead logging takes the whole file, and SQLite does not wait for that. */
function patiently(run: () => void): void {
  for (let waitedMs = 0; ; waitedMs += BUSY_PAUSE_MS) {
    try {
      return run();
    } catch (error) {
      if (codeOf(error) !== "SQLITE_BUSY" || waitedMs >= BUSY_TIMEOUT_MS) throw error;
      Bun.sleepSync(BUSY_PAUSE_MS);
    }
  }
}

/** The version is read again under the lock, since another process may be migrating the same file. */
function migrate(sqlite: Sqlite, target: Target): void {
  transact(sqlite, () => {
    const version = refuseNewer(sqlite, target);
    if (version === 0) refuseStrange(sqlite, target);
    for (const statements of target.migrations.slice(version)) {
      for (const statement of statements) sqlite.run(statement);
    }
    sqlite.run(`PRAGMA user_version = ${target.migrations.length}`);
  });
}

function refuseNewer(sqlite: Sqlite, { path, migrations }: Target): number {
  const version = sqlite.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
  if (version <= migrations.length) return version;
  throw new RefusedFileError(
    `Cannot open database "${path}": its version is ${version}, expected at most ${migrations.length}; ` +
      "it was written by a newer operator",
  );
}

/** A file of another program has tables and no version of ours. */
function refuseStrange(sqlite: Sqlite, { path }: Target): void {
  if (sqlite.query("SELECT 1 FROM sqlite_schema LIMIT 1").get() === null) return;
  throw new RefusedFileError(
    `Cannot open database "${path}": it holds tables of another program, expected a file that operator has written`,
  );
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  return REASONS[String(codeOf(error))] ?? messageOf(error);
}
