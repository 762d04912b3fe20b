import { afterAll, expect, test } from "bun:test";
import { chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { besideOf, giveToOwner } from "../../../src/database/sqlite/beside.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "operator-test-")));

afterAll(() => rmSync(folder, { recursive: true }));

test("besideOf() names the same file whichever link leads to the database, be it there or not", () => {
  mkdirSync(join(folder, "real"));
  symlinkSync(join(folder, "real"), join(folder, "link"));
  symlinkSync("real/a.db", join(folder, "a.db"));
  const beside = join(folder, "real", "a.db.halted");
  const paths = ["real/a.db", "link/a.db", "a.db"].map((path) => join(folder, path));

  const missing = paths.map((path) => besideOf(path, ".halted"));
  writeFileSync(join(folder, "real", "a.db"), "");
  const there = paths.map((path) => besideOf(path, ".halted"));

  expect([...missing, ...there]).toEqual(Array.from({ length: 6 }, () => beside));
  expect(() => besideOf(join(folder, "nowhere", "a.db"), ".halted")).toThrow("ENOENT");
});

test.skipIf(process.geteuid?.() !== 0)("giveToOwner() gives what root writes to whoever owns the database", () => {
  const [database, file] = [join(folder, "owned.db"), join(folder, "owned.db.halted")];
  writeFileSync(database, "");
  writeFileSync(file, "");
  chownSync(database, 65_534, 65_534);

  giveToOwner(file, database);

  expect(statSync(file)).toMatchObject({ uid: 65_534, gid: 65_534 });
});
