/** Files and folders that only this user can write: opened without following links, and private. */

import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  type Stats,
} from "node:fs";
import { hasCode } from "./file.ts";

/** Mode of every file that operator creates. */
export const FILE_MODE = 0o600;
/** Mode of every folder that operator creates. */
export const FOLDER_MODE = 0o700;

const OTHERS_WRITE = 0o022;
const OTHERS = 0o077;

/** Why a file or folder is not trusted: another owner, or write access of others; `undefined` if it is trusted. */
export function exposureOf({ uid, mode }: Pick<Stats, "uid" | "mode">): string | undefined {
  const own = process.geteuid?.() ?? uid;
  if (uid !== own) return `it belongs to user ${uid}, expected user ${own}`;
  const octal = (mode & 0o7777).toString(8).padStart(4, "0");
  return mode & OTHERS_WRITE ? `others may write to it (mode ${octal}), expected a mode such as 0700` : undefined;
}

/** Why a path is not a private folder of this user; `undefined` if it is one. A link is not accepted. */
export function folderFault(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return "no such folder";
  if (stats.isSymbolicLink()) return "it is a symbolic link, expected a folder";
  return stats.isDirectory() ? exposureOf(stats) : "it is not a folder";
}

/**
 * Creates a private folder and its missing parents. An existing one keeps its mode.
 * @throws {Error} If it cannot be created, or the existing path is not a folder that only this user can write.
 */
export function makePrivateFolder(path: string): void {
  try {
    makeFolders(path);
  } catch (cause) {
    throw new Error(`Cannot create folder "${path}", expected a --home that can be written`, { cause });
  }
  const fault = folderFault(path);
  if (fault !== undefined) throw new Error(`Cannot use folder "${path}": ${fault}`);
}

/** Creates a folder and its missing parents as private; existing ones stay unchanged. */
export function makeFolders(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

/** Makes a file or folder of this user private. A link or a missing path is left alone. */
export function narrow(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats || stats.isSymbolicLink() || stats.uid !== process.geteuid?.()) return;
  if (stats.mode & OTHERS) chmodSync(path, stats.mode & 0o700);
}

/**
 * Opens a regular file of this user's; for writing, it is made private.
 * @param flags Of `open(2)`; links are never followed.
 * @throws {Error} If it cannot be opened, is a link or not a regular file, or belongs to another user.
 */
export function openPrivate(path: string, flags: number): number {
  const { O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants; // a pipe would keep the caller waiting
  const file = opened(path, flags | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    const own = process.geteuid?.() ?? stats.uid;
    if (!stats.isFile()) throw new Error(`Cannot open "${path}": it is not a regular file`);
    if (stats.uid !== own) throw new Error(`Cannot open "${path}": it belongs to user ${stats.uid}, expected ${own}`);
    if (flags & O_WRONLY && stats.mode & OTHERS) fchmodSync(file, FILE_MODE);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** The text of a file that only this user can have written; `undefined` if there is none. */
export function readPrivate(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile() || exposureOf(stats) !== undefined) return undefined;
  const file = openPrivate(path, constants.O_RDONLY);
  try {
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

/**
 * Creates the file of a database if it is missing, and makes an existing one and the files of SQLite beside it private.
 * An existing file is not opened: that would lose the locks that this process has on it.
 */
export function makePrivateDatabase(path: string): void {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  try {
    closeSync(openSync(path, O_CREAT | O_EXCL | O_WRONLY, FILE_MODE)); // SQLite gives its other files the same mode
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    for (const beside of ["", "-wal", "-shm", "-journal"]) narrow(`${path}${beside}`);
  }
}

function opened(path: string, flags: number): number {
  try {
    return openSync(path, flags, FILE_MODE);
  } catch (cause) {
    if (!hasCode(cause, "ELOOP")) throw cause;
    throw new Error(`Cannot open "${path}": it is a symbolic link, expected a regular file`, { cause });
  }
}
