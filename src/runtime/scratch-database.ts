/** A database for one command. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "../database/mod.ts";

/** A database of its own, thrown away with everything in it. */
export function scratchDatabase(): Disposable & { readonly database: Database } {
  const folder = mkdtempSync(join(tmpdir(), "operator-doctor-"));
  const database = openDatabase(join(folder, "operator.db"));
  return {
    database,
    [Symbol.dispose]() {
      database[Symbol.dispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
