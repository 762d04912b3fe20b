/**
 * The kill switch as a file beside the database: it works in any state of the database. Only its existence counts, so
 * an empty or damaged file or a link halts too.
 */

import { lstatSync, rmSync } from "node:fs";
import * as v from "valibot";
import { excerptOf } from "../../core/text/excerpt.ts";
import { ACTOR_KINDS, type Actor } from "../../core/words/actor.ts";
import { readUnlinked, syncFolderOf, touchDurably, writeDurably } from "../../io/files/file.ts";
import { besideOf, giveToOwner } from "../sqlite/beside.ts";
import { fileError } from "../sqlite/file-trouble.ts";
import { cleanText } from "../sqlite/json.ts";

/** A halt in force. */
export interface Halt {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly actor: Actor;
  readonly reason: string;
}

/** The file of one database. */
export interface HaltFile {
  readonly path: string;
  /** @throws {Error} If it cannot be determined whether the file exists. */
  read(): Halt | undefined;
  /**
   * Returns when the file is on disk.
   * @throws {Error} If there is no file afterwards.
   */
  write(halt: Halt): void;
  /** Returns when the file is removed from disk. */
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
 * The halt file of a database.
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
    return undefined; // it still halts
  }
}

/** A full disk without space for a reason usually still has space for a file name. */
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
    // Anything else at that path halts, too.
    if (!lstatSync(path, { throwIfNoEntry: false })) throw fileError(`Cannot write "${path}"`, failed);
  }
}

/** The file comes from outside, so names in it are validated. */
function isActor(value: unknown): value is Actor {
  return typeof value === "string" && ACTOR.test(value);
}
