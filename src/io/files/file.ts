/** Atomic and durable writes of files; symbolic links are not followed. */

import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** Writes a private file atomically; a link of that name is replaced, not followed. */
export function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}.draft`;
  rmSync(draft, { force: true }); // left by a process that was killed while writing
  withFile(draft, O_WRONLY | O_CREAT | O_EXCL, (file) => writeFileSync(file, text));
  renameSync(draft, path);
}

/** Writes like {@linkcode writeWhole} and returns when the file and its name are on disk; a link of that name is replaced, not followed. */
export function writeDurably(path: string, text: string): void {
  const draft = `${path}.${process.pid}.draft`;
  rmSync(draft, { force: true });
  try {
    withFile(draft, O_WRONLY | O_CREAT | O_EXCL, (file) => {
      writeFileSync(file, text);
      fsyncSync(file);
    });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  syncFolderOf(path);
}

/** Creates an empty file if it is missing; returns when its name is on disk. */
export function touchDurably(path: string): void {
  withFile(path, O_WRONLY | O_CREAT, fsyncSync);
  syncFolderOf(path);
}

/** Appends whole lines to a file, also concurrently with other processes; when it returns they are on disk. Returns whether it created the file. */
export function appendDurably(path: string, lines: string): boolean {
  const isNew = withFile(path, O_RDWR | O_APPEND | O_CREAT, (file) => {
    const { size } = fstatSync(file);
    writeFileSync(file, isTorn(file, size) ? `\n${lines}` : lines);
    fsyncSync(file);
    return size === 0;
  });
  if (isNew) syncFolderOf(path);
  return isNew;
}

/** Syncs the folder of a file that was created, renamed or removed. */
export function syncFolderOf(path: string): void {
  const folder = openSync(dirname(path), O_RDONLY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * The beginning of a regular file; never waits, as reading a pipe would.
 * @throws {Error} If it cannot be read, or is a link.
 */
export function readUnlinked(path: string, mostBytes: number): string {
  return withFile(path, O_RDONLY, (file) => {
    const bytes = Buffer.alloc(mostBytes);
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, mostBytes, 0));
  });
}

/**
 * The text of a file, `undefined` if there is none.
 * @throws {Error} If it is there and cannot be read.
 */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")) return undefined;
    throw new Error(`Cannot read "${path}"`, { cause: error });
  }
}

/** Whether an error has that system error code, for instance `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Whether the last line is incomplete, for instance after a full disk or a power cut. */
function isTorn(file: number, size: number): boolean {
  const last = Buffer.alloc(1);
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last.toString() !== "\n";
}

/** Flags that refuse a link and do not block on a pipe. */
function withFile<T>(path: string, flags: number, use: (file: number) => T): T {
  const file = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}
