/** The folder of all persistent state. */

import { randomUUID } from "node:crypto";
import { readdirSync, realpathSync, rmdirSync, rmSync, type Stats, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import * as v from "valibot";
import { thisMachine } from "../system/machine.ts";
import { hasCode, writeWhole } from "./file.ts";
import { exposureOf, makePrivateFolder, narrow, readPrivate } from "./private.ts";

/** Marks a folder as a home that operator created. */
const HomeMarker = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    format: v.literal("operator-home"),
    version: v.literal(1),
    id: v.string(),
    machineId: v.string(),
    /** Whether it is removed by its creator. */
    throwaway: v.boolean(),
  }),
);

const DEPLOYMENTS = "deployments";
const MARKER = "home.json";
/** Databases, and the files of SQLite and operator beside them. */
const DATABASE_FILES = /^(operator|chaos)\.db([.-][a-z\d.-]+)?$/;
const WORLD_WRITES = 0o002;
const STICKY = 0o1000;

/** The path of the home: the flag, else `OPERATOR_HOME`, else by the XDG rules. */
export function homePath(
  flag?: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const xdg = environment["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
  return resolve(flag || environment["OPERATOR_HOME"] || join(xdg, "operator"));
}

/**
 * The home, made private if it is ours; its path if there is none yet.
 * @throws {Error} If it belongs to another user, or others may write to it or put another in its place.
 */
export function operatorHome(flag?: string): string {
  const path = homePath(flag);
  const names = checkHome(path);
  if (names !== undefined && (isMarked(path) || (names.length > 0 && names.every(isOurName))))
    narrow(realpathSync(path));
  return path;
}

/** The folder of all deployments of a home. */
export function deploymentsFolder(home: string): string {
  return join(home, DEPLOYMENTS);
}

/** ` --home ⟨path⟩` for a command shown to a person, if it is needed. */
export function homeFlag(home: string): string {
  return home === homePath() ? "" : ` --home ${home}`;
}

/**
 * Creates the home, or uses an existing one. One that is empty or contains only operator's files is marked as ours.
 * @throws {Error} If it cannot be created, or others can write to it.
 */
export function makeHome(path: string, { throwaway = false }: { readonly throwaway?: boolean } = {}): void {
  if (checkHome(path) === undefined) makePrivateFolder(path);
  const names = checkHome(path) ?? [];
  if (isMarked(path)) return narrow(realpathSync(path));
  if (throwaway && names.length > 0) throw new Error(`Cannot use home "${path}" as a temporary one: it is not empty`);
  if (!names.every(isOurName)) return;
  narrow(realpathSync(path));
  const marker: v.InferOutput<typeof HomeMarker> = {
    format: "operator-home",
    version: 1,
    id: randomUUID(),
    machineId: thisMachine.id,
    throwaway,
  };
  writeWhole(join(path, MARKER), `${JSON.stringify(marker)}\n`);
}

/** Removes a temporary home, except files that are not operator's. Its deployments must be gone already. */
export function removeHome(path: string): void {
  if (!markerOf(path)?.throwaway) return; // another process was faster, or it is not ours
  for (const name of readdirSync(path)) if (DATABASE_FILES.test(name)) rmSync(join(path, name));
  if (!removeEmpty(join(path, DEPLOYMENTS))) return;
  rmSync(join(path, MARKER));
  removeEmpty(path);
}

/** Removes a folder if it is empty; returns whether it is gone. */
export function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return true;
    if (hasCode(error, "ENOTEMPTY") || hasCode(error, "EEXIST") || hasCode(error, "ENOTDIR")) return false;
    throw error;
  }
}

/** The names in a home; `undefined` if there is no such folder. */
function checkHome(path: string): readonly string[] | undefined {
  const stats = lookAt(path);
  if (!stats) return undefined;
  const fault = stats.isDirectory() ? exposureOf(stats) : "it is not a folder";
  if (fault !== undefined) throw new Error(`Cannot use home "${path}": ${fault}`);
  for (let above = dirname(realpathSync(path)); ; above = dirname(above)) {
    const { mode } = statSync(above);
    // Anyone who may write to the parent folder can replace the home, unless the sticky bit is set.
    if ((mode & WORLD_WRITES) !== 0 && (mode & STICKY) === 0) {
      throw new Error(`Cannot use home "${path}": anyone can write to "${above}" and replace it`);
    }
    if (above === dirname(above)) return readdirSync(path);
  }
}

function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    if (hasCode(cause, "ENOTDIR")) return undefined; // creating it will report the error
    throw new Error(`Cannot read home "${path}"`, { cause });
  }
}

function isMarked(path: string): boolean {
  return markerOf(path) !== undefined;
}

function markerOf(path: string): v.InferOutput<typeof HomeMarker> | undefined {
  const marker = v.safeParse(HomeMarker, readPrivate(join(path, MARKER)));
  return marker.success ? marker.output : undefined;
}

function isOurName(name: string): boolean {
  return name === MARKER || name === DEPLOYMENTS || DATABASE_FILES.test(name);
}
