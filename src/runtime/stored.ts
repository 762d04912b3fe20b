/** The database as commands find it, and the names under which they write to it. */

import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { InvalidInputError } from "../core/text/errors.ts";
import type { Instance } from "../core/words/instance.ts";
import { type Change, type Database, openDatabase } from "../database/mod.ts";
import { systemClock } from "../io/clock.ts";
import { homePath, makeHome, operatorHome } from "../io/home.ts";
import { person } from "./person.ts";

/** Flags that say where the database is. */
export interface Place {
  readonly db?: string | undefined;
  readonly home?: string | undefined;
}

/** Flags that say which of its instances are meant. */
export interface InstanceChoice {
  readonly subject?: string | undefined;
  readonly name?: string | undefined;
}

/** The file that is meant: `--db`, else the one in the home. */
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
export function openOwn(place: Place): Database {
  const path = databasePath(place);
  if (place.db === undefined) makeHome(dirname(path));
  return openDatabase(path);
}

/**
 * Opens what a watch has written; nothing is made where nothing is.
 * @throws {Error} If there is no such file, or it cannot be used.
 */
export function openStored(place: Place): Database {
  return openDatabase(databasePath(place), { create: false });
}

/** Those instances that fit. */
export function fittingInstances({ instances }: Database, { subject, name }: InstanceChoice): readonly Instance[] {
  return instances.list(subject).filter((instance) => name === undefined || instance.name === name);
}

/**
 * The one instance that fits.
 * @throws {InvalidInputError} If none or several do.
 */
export function oneInstance(database: Database, choice: InstanceChoice): Instance {
  const [only, ...more] = fittingInstances(database, choice);
  if (only && more.length === 0) return only;
  const known = (more.length > 0 ? fittingInstances(database, choice) : database.instances.list()).map(titleOf);
  const wanted = known.length > 0 ? `expected --subject and --name of one of ${known.join(", ")}` : "it holds none";
  const state = more.length > 0 ? "several fit" : "none fits";
  throw new InvalidInputError(`Cannot choose an instance of "${database.path}": ${state}, ${wanted}`);
}

/**
 * What a row number means.
 * @throws {InvalidInputError} If there is no such row.
 */
export function found<T>(row: T | undefined, what: string, list: string): T {
  if (row !== undefined) return row;
  throw new InvalidInputError(`Cannot find ${what}: there is none, expected an id from "${list}"`);
}

/** The instance that a row belongs to. */
export function instanceOf({ instances }: Database, { instance }: { readonly instance: number }): Instance {
  return instances.get(instance) ?? { id: instance, subject: "unknown", name: "unknown" };
}

/** Names the instance of a row. */
export function nameOf(instances: readonly Instance[]): (row: { readonly instance: number }) => string {
  const titles = new Map(instances.map((instance) => [instance.id, titleOf(instance)]));
  return ({ instance }) => titles.get(instance) ?? String(instance);
}

/** How an instance is called in front of people: its name, and the subject where that is another word. */
export function titleOf({ subject, name }: Pick<Instance, "subject" | "name">): string {
  return subject === name ? name : `${subject} ${name}`;
}

/** Unique among running processes. */
export function processName(): string {
  return `${hostname()}:${process.pid}`;
}

/** A change by whoever sits here, now. */
export function byHand(reason: string): Change {
  return { atMs: systemClock.now(), actor: person(), reason };
}
