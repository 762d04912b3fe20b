/** Generates secrets, and reads them from files. */

import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InvalidInputError } from "../../core/text/errors.ts";

const RANDOM_BYTES = 32;
const MAX_FILE_BYTES = 4096;
/** Permission bits of group and others. */
const OTHERS = 0o077;

/** A new secret of 256 random bits, in letters and digits that never need quoting. */
export function randomSecret(): string {
  return randomBytes(RANDOM_BYTES).toString("hex");
}

/**
 * The secret in a file, without the newline at its end. As for ssh keys, a file of this user that others can read is
 * refused. The permissions of a file of another user, for instance one mounted into a container, are not checked.
 * @throws {InvalidInputError} If the file cannot be read, is empty or too large, or is open to others.
 */
export function readSecretFile(path: string): string {
  const text = readBounded(path).replace(/\r?\n$/, "");
  if (text === "") throw new InvalidInputError(`Cannot use secret file "${path}": it is empty, expected a secret`);
  return text;
}

function readBounded(path: string): string {
  const file = open(path);
  try {
    const stat = fstatSync(file);
    if (stat.isFile() && stat.uid === process.getuid?.() && (stat.mode & OTHERS) !== 0) {
      const found = (stat.mode & 0o777).toString(8).padStart(4, "0");
      throw new InvalidInputError(
        `Cannot use secret file "${path}": its mode ${found} lets other users in, expected 0600 (chmod 600)`,
      );
    }
    return readAll(file, path);
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new InvalidInputError(`Cannot read secret file "${path}"`, { cause });
  }
}

/** A pipe is read in pieces, and a device may never end. */
function readAll(file: number, path: string): string {
  const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
  let length = 0;
  while (length < buffer.length) {
    const read = readOnce(file, { buffer, length, path });
    if (read === 0) return buffer.toString("utf8", 0, length);
    length += read;
  }
  throw new InvalidInputError(
    `Cannot use secret file "${path}": it has more than ${MAX_FILE_BYTES} bytes, expected one line`,
  );
}

function readOnce(
  file: number,
  { buffer, length, path }: { readonly buffer: Buffer; readonly length: number; readonly path: string },
): number {
  try {
    return readSync(file, buffer, length, buffer.length - length, null);
  } catch (cause) {
    throw new InvalidInputError(`Cannot read secret file "${path}"`, { cause }); // a folder opens and cannot be read
  }
}
