/** Where the database of a home is, and how it is opened. */

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { messageOf } from "../core/text/errors.ts";
import { type Database, isUnwritable, openDatabase, openToRead } from "../database/mod.ts";
import { homePath, makeHome, operatorHome } from "../io/files/home.ts";

/** Where the database is; in the usual home where nothing is said. */
export interface Place {
  /** Path of the file. */
  readonly db?: string | undefined;
  /** Path of the home. */
  readonly home?: string | undefined;
}

/** The file that is meant: the one that is named, else the one in the home. */
export function databasePath({ db, home }: Place): string {
  return db === undefined ? join(operatorHome(home), "operator.db") : resolve(db);
}

/** As {@linkcode databasePath}, in a home that others may write too: the kill switch works where nothing else does. */
export function haltedPath({ db, home }: Place): string {
  return db === undefined ? join(homePath(home), "operator.db") : resolve(db);
}

/**
 * Opens the file to watch with, and makes it and the home where they are missing.
 * @throws {Error} If it cannot be made or used.
 */
export function openOrCreate(place: Place): Database {
  const path = databasePath(place);
  if (place.db === undefined) makeHome(dirname(path));
  return openDatabase(path);
}

/** The path of a database that is kept nowhere. */
export const IN_MEMORY = ":memory:";

/** A database to watch with, and why it keeps nothing where it does not. */
export interface WatchDatabase {
  readonly database: Database;
  readonly unwritable?: string;
}

/**
 * As {@linkcode openOrCreate}; where the disk is full or the file cannot be written, in memory, so that a person still sees
 * what a watch sees.
 * @throws {Error} If the file is no database of ours.
 */
export function openOrMemory(place: Place): WatchDatabase {
  try {
    return { database: openOrCreate(place) };
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    return { database: openDatabase(IN_MEMORY), unwritable: messageOf(error) };
  }
}

/**
 * Opens what a watch has written; nothing is made where nothing is.
 * @throws {Error} If there is no such file, or it cannot be used.
 */
export function openExisting(place: Place): Database {
  return openDatabase(databasePath(place), { create: false });
}

/**
 * Opens what a watch has written, to change a row of it: empty, and kept nowhere, in a home in which nothing was watched yet,
 * so that a row is looked for and not found.
 * @throws {Error} If it cannot be used, or a file is named that is not there.
 */
export function openToChange(place: Place): Database {
  const path = databasePath(place);
  return place.db === undefined && !existsSync(path) ? openDatabase(IN_MEMORY) : openExisting(place);
}

/**
 * Opens what a watch has written, to read it: also where it cannot be written, and empty in a home in which nothing was
 * watched yet.
 * @throws {Error} If it cannot be read, or a file is named that is not there.
 */
export function openStored(place: Place): Database {
  const path = databasePath(place);
  return place.db === undefined || existsSync(path) ? openToRead(path) : openDatabase(path, { create: false });
}
