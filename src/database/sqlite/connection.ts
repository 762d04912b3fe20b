/** One connection to the database file: opened with the pragmas that several processes need, and migrated to the newest version. */

import { Database as Sqlite } from "bun:sqlite";
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolders, makePrivateDatabase } from "../../io/files/private.ts";
import { besideOf } from "./beside.ts";
import { errorCodeOf, fileError } from "./file-trouble.ts";
import { MIGRATIONS } from "./migrations.ts";
import { SCHEMA } from "./schema.ts";
import { transact } from "./transaction.ts";

const OWN_FORM: FileForm = { migrations: MIGRATIONS, schema: SCHEMA };

/** Statements kept prepared per connection: more than the stores have. Bun keeps the first 20, and prepares the others at each call. */
const MOST_STATEMENTS = 500;

const WAIT_MS = 5000;
const BUSY_PAUSE_MS = 20;

/** The versions of a file's schema. */
export interface FileForm {
  /** Migrations from each version to the next; their number is the current version. */
  readonly migrations: readonly string[];
  /** The current schema, for a new file. @default the migrations, one after the other */
  readonly schema?: string;
}

/** How a file is opened. */
export interface OpenOptions {
  /** Whether to create a missing file and its folder; otherwise a missing file is an error. @default {true} */
  readonly create?: boolean;
  /** Milliseconds for which each step waits while another process holds the lock. @default {5000} */
  readonly waitMs?: number;
  /** The schema of the file. @default the operator's own file */
  readonly form?: FileForm;
}

/**
 * Opens the file and brings it to the newest version.
 * @throws {Error} If it cannot be read and written, is not a database, or was written by a newer version.
 */
export function connect(path: string, options: OpenOptions = {}): Sqlite {
  const { create = true, waitMs = WAIT_MS, form = OWN_FORM } = options;
  if (!create && !isThere(path)) {
    throw new Error(`Cannot open database "${path}": no such file, expected one that "operator watch" has written`);
  }
  try {
    if (create) makeFolders(dirname(path));
    if (path !== ":memory:") makePrivateDatabase(besideOf(path, ""));
    return prepared({ path, waitMs, form });
  } catch (error) {
    if (error instanceof RefusedFileError) throw error;
    throw fileError(`Cannot open database "${path}"`, error);
  }
}

/** @throws {Error} If that cannot be determined, for instance in a folder that this user may not enter. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw fileError(`Cannot open database "${path}"`, error);
  }
}

/** The file is intact, but not one of operator. */
class RefusedFileError extends Error {}

interface Target {
  readonly path: string;
  readonly waitMs: number;
  readonly form: FileForm;
}

/** The order of the pragmas matters: without the time-out first, a second process dies on the others. */
function prepared(target: Target): Sqlite {
  Sqlite.MAX_QUERY_CACHE_SIZE = MOST_STATEMENTS;
  const sqlite = new Sqlite(target.path, { create: true, strict: true });
  try {
    sqlite.run(`PRAGMA busy_timeout = ${target.waitMs}`);
    // Checked before anything is changed; version and tables are read together.
    sqlite.transaction(() => versionOf(sqlite, target))();
    patiently(target, () => sqlite.run("PRAGMA journal_mode = WAL"));
    sqlite.run("PRAGMA synchronous = NORMAL");
    sqlite.run("PRAGMA foreign_keys = ON");
    migrate(sqlite, target);
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/** The first change to write-ahead logging needs an exclusive lock, for which SQLite does not always wait. */
function patiently({ waitMs }: Target, run: () => void): void {
  const untilMs = performance.now() + waitMs; // the attempt itself may have waited
  for (;;) {
    try {
      return run();
    } catch (error) {
      if (errorCodeOf(error) !== "SQLITE_BUSY" || performance.now() >= untilMs) throw error;
      Bun.sleepSync(BUSY_PAUSE_MS);
    }
  }
}

/** The version is read again under the lock, since another process may be migrating the same file. A current file is not written to. */
function migrate(sqlite: Sqlite, target: Target): void {
  const { migrations, schema } = target.form;
  if (versionOf(sqlite, target) === migrations.length) return;
  transact(sqlite, () => {
    const version = versionOf(sqlite, target);
    for (const step of version === 0 && schema !== undefined ? [schema] : migrations.slice(version)) sqlite.run(step);
    sqlite.run(`PRAGMA user_version = ${migrations.length}`);
  });
}

/** Refuses a file that is not one of operator; version 0 is an empty file. */
function versionOf(sqlite: Sqlite, { path, form: { migrations } }: Target): number {
  const version = sqlite.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
  if (version > migrations.length) {
    throw new RefusedFileError(
      `Cannot open database "${path}": its version is ${version}, expected at most ${migrations.length}; ` +
        "it was written by a newer operator",
    );
  }
  const tables = sqlite.query<{ name: string }, []>("SELECT name FROM sqlite_schema").all();
  const isOurs = version > 0 ? tables.some(({ name }) => name === firstTableOf(migrations)) : tables.length === 0;
  if (version >= 0 && isOurs) return version;
  throw new RefusedFileError(
    `Cannot open database "${path}": it holds tables of another program, expected a file that operator has written`,
  );
}

/** Other programs use version numbers too: operator's file is recognized by a table that it has had from the beginning. */
function firstTableOf([first = ""]: readonly string[]): string | undefined {
  return /CREATE TABLE (\w+)/.exec(first)?.[1];
}
