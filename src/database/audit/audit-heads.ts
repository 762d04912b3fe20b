/**
 * A second copy of the hash of each audit row, in a file beside the database. It is written after the row is on the
 * disk, so a crash in between leaves a row without a line, never a line without its row: a line without its row means
 * that rows were removed at the end.
 */

import { lstatSync } from "node:fs";
import { messageOf } from "../../core/text/errors.ts";
import { appendDurably, readUnlinked } from "../../io/files/file.ts";
import { log } from "../../io/log.ts";
import { besideOf, giveToOwner } from "../sqlite/beside.ts";
import { fileError } from "../sqlite/file-trouble.ts";

/** The end of the chain at some time; kept outside the database, it shows whether rows were removed since. */
export interface AuditHead {
  readonly id: number;
  readonly hash: string;
}

/** The file of one database. */
export interface HeadFile {
  readonly path: string;
  /** Adds a line; a failure is logged, and does not affect the row. */
  append(head: AuditHead): void;
  /**
   * Hashes by the id of their row; empty without a file.
   * @throws {Error} If it is there and cannot be read.
   */
  read(): ReadonlyMap<number, string>;
}

/** The file of heads beside a database. */
export function headFileOf(database: string): HeadFile {
  const path = besideOf(database, ".audit-heads");
  return { path, append: (head) => append(path, database, head), read: () => read(path) };
}

function append(path: string, database: string, { id, hash }: AuditHead): void {
  try {
    if (appendDurably(path, `${id} ${hash}\n`)) giveToOwner(path, database);
  } catch (error) {
    log.warn("Cannot write the audit head to the file beside the database", {
      head: `${id}:${hash}`,
      error: messageOf(fileError(`Cannot write "${path}"`, error)),
    });
  }
}

/** Of two lines about one row the first counts; an incomplete line is ignored. */
function read(path: string): ReadonlyMap<number, string> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  const heads = new Map<number, string>();
  if (!stat) return heads;
  for (const [, id = "", hash = ""] of textOf(path, stat.size).matchAll(/^(\d{1,15}) ([0-9a-f]{64})$/gm)) {
    heads.getOrInsert(Number(id), hash);
  }
  return heads;
}

function textOf(path: string, size: number): string {
  try {
    return readUnlinked(path, size);
  } catch (error) {
    throw fileError(`Cannot read "${path}"`, error);
  }
}
