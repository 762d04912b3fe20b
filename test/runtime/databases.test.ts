import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databasePath, haltedPath, openExisting, openOrCreate } from "../../src/runtime/databases.ts";
import { fittingInstances, instanceOf, nameOf, oneInstance } from "../../src/runtime/instances.ts";
import { storedOrScratch } from "../../src/runtime/scratch-database.ts";

const folder = mkdtempSync(join(tmpdir(), "operator-databases-"));
const home = join(folder, "home");

afterAll(() => rmSync(folder, { recursive: true }));

test("openExisting() makes nothing, openOrCreate() makes the home and the file, and a scratch leaves nothing", () => {
  const place = { home };
  expect(() => openExisting(place)).toThrow();
  expect(existsSync(home)).toBe(false);
  let path: string;
  {
    using scratch = storedOrScratch(place);
    ({ path } = scratch.database);
    expect(existsSync(path)).toBe(true);
  }
  expect(existsSync(path)).toBe(false);

  openOrCreate(place)[Symbol.dispose]();

  using stored = storedOrScratch(place);
  expect(stored.database.path).toBe(databasePath(place));
  expect(haltedPath(place)).toBe(databasePath(place));
  const own = { home, db: join(folder, "own.db") };
  expect([databasePath(own), haltedPath(own)]).toEqual([own.db, own.db]);
});

test("oneInstance() refuses to choose, and names whom it knows", () => {
  using database = openOrCreate({ home: join(folder, "several") });
  expect(() => oneInstance(database, {})).toThrow("none fits, it holds none");
  const [east, west] = ["east", "west"].map((name) => database.instances.ensure({ subject: "lamps", name }));
  const lamps = database.instances.ensure({ subject: "lamps", name: "lamps" });

  expect(oneInstance(database, { name: "east" })).toEqual(east ?? lamps);
  expect(fittingInstances(database, { subject: "lamps" })).toHaveLength(3);
  expect(() => oneInstance(database, { subject: "lamps" })).toThrow(
    "several fit, expected the subject and the name of one of",
  );
  expect(() => oneInstance(database, { subject: "doors" })).toThrow("none fits, expected the subject and the name of");
  expect(instanceOf(database, { instance: west?.id ?? 0 })).toEqual(west ?? lamps);
  expect(instanceOf(database, { instance: 99 })).toEqual({ id: 99, subject: "unknown", name: "unknown" });
  const name = nameOf(database.instances.list());
  expect([east?.id, lamps.id, 99].map((instance = 0) => name({ instance }))).toEqual(["lamps east", "lamps", "99"]);
});
