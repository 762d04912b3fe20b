/** The kill switch as commands, on the toy. */

import { Database as Sqlite } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ToyShell } from "../../toy-shell.ts";

setDefaultTimeout(60_000);

let shell: ToyShell;

beforeAll(async () => {
  shell = new ToyShell();
  await shell.configure();
});

afterAll(() => shell[Symbol.asyncDispose]());

test("operator halt takes effect while the database is locked, every command sees it, and the next watch records it", async () => {
  const path = join(shell.home, "operator.db");
  await shell.run("watch", "--once");
  const writer = new Sqlite(path);
  writer.run("BEGIN IMMEDIATE");

  const halted = await shell.run("halt", "--reason", "Smoke");
  const shown = await shell.run("ladder", "show");
  writer.run("ROLLBACK");
  writer.close();
  const watched = await shell.run("watch", "--once");
  const resumed = await shell.run("resume", "--json");

  expect(halted.code).toBe(0);
  expect(halted.stderr).toMatch(/Halted by file only: ".*operator\.db\.halted"; no action starts\. .*SQLITE_BUSY/);
  expect(shown.stdout).toMatch(/halted by person\/\S+ at \S+ \(Smoke\): nothing runs/);
  expect(watched.stderr).toContain("Wrote the halt of a file into the database");
  expect(JSON.parse(resumed.stdout)).toMatchObject({ resumed: true, auditHead: { id: 2 } });
  expect(existsSync(`${path}.halted`)).toBe(false);
});

test("operator resume says which file halts where there is no database any more", async () => {
  const path = join(shell.home, "lost.db");

  const halted = await shell.run("halt", "--db", path);
  const resumed = await shell.run("resume", "--db", path);

  expect(halted.stderr).toContain(`No process has acted through "${path}" so far; --home or --db names another`);
  expect(resumed).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`Cannot resume, and "${path}.halted" halts until it is deleted: Cannot open`),
  });
  rmSync(`${path}.halted`);
});

test("operator halt fails where there is no folder to write in", async () => {
  const halted = await shell.run("halt", "--db", "/nowhere/operator.db", "--json");

  expect(halted.code).toBe(1);
  expect(JSON.parse(halted.stdout)).toMatchObject({ halted: false, file: null, database: null });
  expect(halted.stderr).toContain("Not halted. Cannot use");
});
