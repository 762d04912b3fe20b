/** Halts on a disk that is full and then read-only, and prints what came of it: `scarce-disk.ts FOLDER`, a small tmpfs of its own. */

import { appendFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { carryHalt, halt } from "../../src/actions/halt.ts";
import { messageOf } from "../../src/core/text/errors.ts";
import { openDatabase } from "../../src/database/mod.ts";

const [folder = ""] = process.argv.slice(2);
const by = { atMs: Date.now(), actor: "person/ada", reason: "Smoke" } as const;
const path = join(folder, "operator.db");
const other = join(folder, "other.db");
for (const file of [path, other]) openDatabase(file)[Symbol.dispose]();
const full = haltOnFull();
Bun.spawnSync(["mount", "-o", "remount,ro", folder]);
const readOnly = tell(halt(other, by, { waitMs: 20 }));
process.stdout.write(JSON.stringify({ ...full, readOnly }));

function haltOnFull(): object {
  using database = openDatabase(path);
  fill(join(folder, "filler"));
  const full = tell(halt(path, by, { waitMs: 20 }));
  const halted = database.safety.halted()?.actor;
  rmSync(join(folder, "filler"));
  return { full, halted, carried: carryHalt(database, by)?.actor };
}

function fill(filler: string): void {
  writeFileSync(filler, "");
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) appendFileSync(filler, Buffer.alloc(size));
    } catch {
      // Full for writes of that size.
    }
  }
}

function tell({ file, row }: ReturnType<typeof halt>): object {
  const failures = [file, row].map((part) => ("failed" in part ? messageOf(part.failed) : "written"));
  return { file: failures[0], row: failures[1], exists: existsSync(`${path}.halted`) };
}
