/** Reading a piece of an open file. */

import { readSync } from "node:fs";

/** The bytes from an offset on, fewer than the most where the file ends. */
export function readAt(file: number, offset: number, most: number): Buffer {
  const bytes = Buffer.alloc(most);
  let length = 0;
  for (let read = -1; read !== 0 && length < most; length += read) {
    read = readSync(file, bytes, length, most - length, offset + length);
  }
  return bytes.subarray(0, length);
}
