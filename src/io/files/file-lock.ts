/**
 * A lock that the operating system holds for a process and frees when that ends in whatever way; SQLite takes it on an
 * empty file. It is seen across containers of one machine, where pids are not. Nobody may open that file by other means:
 * a process that closes it loses every lock that it has on it.
 */

import { Database } from "bun:sqlite";
import { lstatSync } from "node:fs";
import { hasCode } from "./file.ts";
import { makePrivateDatabase } from "./private.ts";

/** A lock in this process's hands. */
export interface FileLock {
  /** Whether the file is still the one that was locked. */
  isHeld(): boolean;
  release(): void;
}

/** Milliseconds to wait for a process that looks at the lock. */
const WAIT_MS = 100;
/** How often it is tried against processes that only look, or that put another file in its place. */
const MOST_TRIES = 50;

/** What nobody refers to any more is closed, and would lose its lock. */
const held = new Set<Database>();

/**
 * Takes the lock and makes its file where there is none; `undefined` if a process holds it.
 * @throws {Error} If the file cannot be made, or is none that was made for this.
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
 * Whether a process holds the lock. It is not taken to find out, so that two who ask do not see each other.
 * @throws {Error} If the file is none that was made for this.
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

/** What cannot be seen for a while is taken for the same. */
function isSame(path: string, inode: string | undefined): boolean {
  try {
    return inodeOf(path) === inode;
  } catch (error) {
    return !hasCode(error, "ENOTDIR");
  }
}

/** As {@linkcode inodeOf}, of a file that can be a lock. */
function identityOf(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats || (stats.isFile() && stats.size === 0)) return inodeOf(path);
  throw new Error(`Cannot use "${path}" as a lock: it is not an empty regular file`);
}

/** Tells a file from one that takes its place; `undefined` where there is none. */
function inodeOf(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
