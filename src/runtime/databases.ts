/** Where the database of a home is, and how it is opened. */

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { messageOf } from "../core/text/errors.ts";
import { type Database, isUnwritable, openDatabase, openToRead } from "../database/mod.ts";
import { homePath, makeHome, operatorHome } from "../io/files/home.ts";

/** Where the database is; by default in the usual home. */
export interface Place {
  /** Path of the file. */
  readonly db?: string | undefined;
  /** Path of the home. */
  readonly home?: string | undefined;
}

/** The database file: the named one, else the one in the home. */
export function databasePath({ db, home }: Place): string {
  return db === undefined ? join(operatorHome(home), "operator.db") : resolve(db);
}

/** As {@linkcode databasePath}, also in a home that others may write, where only the kill switch works. */
export function haltedPath({ db, home }: Place): string {
  return db === undefined ? join(homePath(home), "operator.db") : resolve(db);
}

/**
 * Opens the database for watching, and creates it and the home if they are missing.
 * @throws {Error} If it cannot be made or used.
 */
export function openOrCreate(place: Place): Database {
  const path = databasePath(place);
  if (place.db === undefined) makeHome(dirname(path));
  return openDatabase(path);
}

/** The path of an in-memory database. */
export const IN_MEMORY = ":memory:";

/** A database for watching, and why it is only in memory, if it is. */
export interface WatchDatabase {
  readonly database: Database;
  readonly unwritable?: string;
}

/**
 * As {@linkcode openOrCreate}; in memory if the disk is full or the file cannot be written, so that watching still
 * works.
 * @throws {Error} If the file is not a database of operator.
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
 * Opens an existing database; never creates one.
 * @throws {Error} If there is no such file, or it cannot be used.
 */
export function openExisting(place: Place): Database {
  return openDatabase(databasePath(place), { create: false });
}

/**
 * Opens an existing database for a change; an empty one in memory if nothing was watched in the home yet, so that the
 * row is reported as not found.
 * @throws {Error} If it cannot be used, or a file is named that is not there.
 */
export function openToChange(place: Place): Database {
  const path = databasePath(place);
  return place.db === undefined && !existsSync(path) ? openDatabase(IN_MEMORY) : openExisting(place);
}

/**
 * Opens an existing database for reading, also if it is not writable; an empty one if nothing was watched in the home
 * yet.
 * @throws {Error} If it cannot be read, or a file is named that is not there.
 */
export function openStored(place: Place): Database {
  const path = databasePath(place);
  return place.db === undefined || existsSync(path) ? openToRead(path) : openDatabase(path, { create: false });
}
