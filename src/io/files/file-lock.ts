/**
 * A lock that the operating system holds for a process and releases when the process ends in any way; SQLite takes it
 * on an empty file. It is seen across containers of one machine, where pids are not. The file must not be opened by
 * other means: a process that closes it loses all its locks on it.
 */

import { Database } from "bun:sqlite";
import { lstatSync } from "node:fs";
import { hasCode } from "./file.ts";
import { makePrivateDatabase } from "./private.ts";

/** A lock held by this process. */
export interface FileLock {
  /** Whether the file is still the one that was locked. */
  isHeld(): boolean;
  release(): void;
}

/** Milliseconds to wait for a process that checks the lock. */
const WAIT_MS = 100;
/** Retries, against processes that only check the lock or replace the file. */
const MOST_TRIES = 50;

/** Keeps references, since a garbage-collected connection is closed and loses its lock. */
const held = new Set<Database>();

/**
 * Takes the lock, and creates its file if it is missing; `undefined` if a process holds it.
 * @throws {Error} If the file cannot be created, or is not a lock file.
 */
export function takeFileLock(path: string): FileLock | undefined {
  for (let left = MOST_TRIES; left > 0; left -= 1) {
    makePrivateDatabase(path);
    const locked = identityOf(path);
    const sqlite = new Database(path, { readwrite: true });
    sqlite.run(`PRAGMA busy_timeout = ${WAIT_MS}`);
    if (taken(sqlite) && identityOf(path) === locked) {
      held.add(sqlite);
      return { isHeld: () => isSame(path, locked), release: () => release(sqlite) };
    }
    sqlite.close();
    if (isFileLocked(path)) return undefined;
  }
  return undefined;
}

/**
 * Whether a process holds the lock. The check does not take the lock, so that two checks do not see each other.
 * @throws {Error} If the file is not a lock file.
 */
export function isFileLocked(path: string): boolean {
  if (identityOf(path) === undefined) return false;
  using sqlite = new Database(path, { readonly: true });
  try {
    sqlite.query("SELECT 1 FROM sqlite_schema").get();
    return false;
  } catch (error) {
    if (hasCode(error, "SQLITE_BUSY")) return true;
    throw new Error(`Cannot read lock "${path}"`, { cause: error });
  }
}

function release(sqlite: Database): void {
  held.delete(sqlite);
  sqlite.close();
}

function taken(sqlite: Database): boolean {
  try {
    sqlite.run("PRAGMA journal_mode = MEMORY"); // so that the file stays empty and alone
    sqlite.run("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (hasCode(error, "SQLITE_BUSY")) return false;
    throw error;
  }
}

/** A file that cannot be read for a while counts as unchanged. */
function isSame(path: string, inode: string | undefined): boolean {
  try {
    return inodeOf(path) === inode;
  } catch (error) {
    return !hasCode(error, "ENOTDIR");
  }
}

/** As {@linkcode inodeOf}, for a valid lock file. */
function identityOf(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats || (stats.isFile() && stats.size === 0)) return inodeOf(path);
  throw new Error(`Cannot use "${path}" as a lock: it is not an empty regular file`);
}

/** The identity of a file, to detect a replacement; `undefined` if there is no file. */
function inodeOf(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
