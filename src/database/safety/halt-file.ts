/**
 * The kill switch as a file beside the database: it takes effect whatever the database does. That it is there is what
 * counts, so a file that is empty, damaged or a link halts too.
 */

import { lstatSync, rmSync } from "node:fs";
import * as v from "valibot";
import { excerptOf } from "../../core/text/excerpt.ts";
import { ACTOR_KINDS, type Actor } from "../../core/words/actor.ts";
import { readUnlinked, syncFolderOf, touchDurably, writeDurably } from "../../io/files/file.ts";
import { besideOf, giveToOwner } from "../sqlite/beside.ts";
import { fileError } from "../sqlite/file-trouble.ts";
import { cleanText } from "../sqlite/json.ts";

/** The kill switch while it is thrown. */
export interface Halt {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly actor: Actor;
  readonly reason: string;
}

/** The file of one database. */
export interface HaltFile {
  readonly path: string;
  /** @throws {Error} If it cannot be told whether the file is there. */
  read(): Halt | undefined;
  /**
   * Returns when the file is on the disk.
   * @throws {Error} If there is no file afterwards.
   */
  write(halt: Halt): void;
  /** Returns when no file is on the disk any more. */
  remove(): void;
}

const ACTOR = new RegExp(`^(?:${ACTOR_KINDS.join("|")})/[^\\s\\p{Cc}\\p{Bidi_Control}]{1,200}$`, "u");

const HaltText = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ reason: v.string(), actor: v.custom<Actor>(isActor), atMs: v.pipe(v.number(), v.safeInteger()) }),
);

/** Longer than any reason that a person gives. */
const MOST_BYTES = 16_384;

/**
 * The file that halts anyone who works with a database.
 * @throws {Error} If the folder of the database is not there.
 */
export function haltFileOf(database: string): HaltFile {
  const path = pathOf(database);
  return {
    path,
    read: () => read(path),
    write: (halt) => write(path, database, halt),
    remove() {
      rmSync(path, { force: true });
      syncFolderOf(path);
    },
  };
}

function pathOf(database: string): string {
  try {
    return besideOf(database, ".halted");
  } catch (error) {
    throw fileError(`Cannot use "${database}.halted"`, error);
  }
}

function read(path: string): Halt | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return undefined;
  const parsed = v.safeParse(HaltText, textOf(path));
  if (parsed.success) return { ...parsed.output, reason: excerptOf(parsed.output.reason, 4000) };
  return { atMs: Math.round(stat.mtimeMs), actor: "person/unknown", reason: `No readable reason in "${path}"` };
}

function textOf(path: string): string | undefined {
  try {
    return readUnlinked(path, MOST_BYTES);
  } catch {
    return undefined; // it halts all the same
  }
}

/** Where a full disk has no room for a reason, it mostly still has room for a name. */
function write(path: string, database: string, { atMs, actor, reason }: Halt): void {
  try {
    writeDurably(path, `${JSON.stringify({ reason: cleanText(reason), actor, atMs: Math.round(atMs) })}\n`);
  } catch (error) {
    writeNameOnly(path, error);
  }
  giveToOwner(path, database);
}

function writeNameOnly(path: string, failed: unknown): void {
  try {
    touchDurably(path);
  } catch {
    // Whatever else stands there halts, too.
    if (!lstatSync(path, { throwIfNoEntry: false })) throw fileError(`Cannot write "${path}"`, failed);
  }
}

/** The file comes from outside, so a name in it must be fit to be shown. */
function isActor(value: unknown): value is Actor {
  return typeof value === "string" && ACTOR.test(value);
}
