import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setLadder } from "../../../src/actions/control.ts";
import { haltFileOf, openDatabase } from "../../../src/database/mod.ts";
import { homeSafety } from "../../../src/runtime/views/safety.ts";
import { by } from "../../toy/stage.ts";

const INSTANCE = { subject: "toy", name: "hall" };

let home: string;
let path: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "operator-safety-"));
  path = join(home, "operator.db");
});
afterEach(() => rmSync(home, { recursive: true }));

test("homeSafety() is at observe where there is no database, and makes none", () => {
  expect(homeSafety(home, INSTANCE)).toEqual({ ladder: { rung: "observe" } });
  haltFileOf(path).write(by("person/ada", "Stop"));
  expect(homeSafety(home, INSTANCE)).toMatchObject({ halt: { reason: "Stop" } });
  expect(() => openDatabase(path, { create: false })).toThrow();
});

test("homeSafety() reads the ladder of that instance only", () => {
  using database = openDatabase(path);
  const { id } = database.instances.ensure(INSTANCE);
  setLadder(database, id, { ladder: { rung: "approve" }, ...by("person/ada", "Try it") });

  expect(homeSafety(home, INSTANCE)).toEqual({ ladder: { rung: "approve" } });
  expect(homeSafety(home, { ...INSTANCE, name: "cellar" })).toEqual({ ladder: { rung: "observe" } });
});

test("homeSafety() says why nothing can be read", () => {
  writeFileSync(path, "no database at all, and longer than a header".repeat(50));

  expect(homeSafety(home, INSTANCE)).toEqual({ failed: expect.stringContaining(path) });
});
