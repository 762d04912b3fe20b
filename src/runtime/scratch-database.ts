/** A database for one command. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "../database/mod.ts";
import { databasePath, openExisting, type Place } from "./databases.ts";

/** An existing database, or else a temporary one: for commands that only read. */
export function storedOrScratch(place: Place): Disposable & { readonly database: Database } {
  if (!existsSync(databasePath(place))) return scratchDatabase();
  const database = openExisting(place);
  return { database, [Symbol.dispose]: () => database[Symbol.dispose]() };
}

/** A temporary database: empty, or a copy of another. */
export function scratchDatabase(of?: Pick<Database, "copyTo">): Disposable & { readonly database: Database } {
  const folder = mkdtempSync(join(tmpdir(), "operator-doctor-"));
  const path = join(folder, "operator.db");
  of?.copyTo(path);
  const database = openDatabase(path);
  return {
    database,
    [Symbol.dispose]() {
      database[Symbol.dispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
