/** Files that are never seen half-written. */

import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** Writes a file of the owner's own whole or not at all. */
export function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}.draft`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
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

/** Whether an error is the system's of that code, for instance `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
