import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidInputError } from "../../src/core/text/errors.ts";
import {
  databasePath,
  haltedPath,
  openExisting,
  openOrCreate,
  openOrMemory,
  openStored,
  openToChange,
} from "../../src/runtime/databases.ts";
import {
  fittingInstances,
  instanceOf,
  instancesOf,
  namedInstances,
  nameOf,
  oneInstanceName,
} from "../../src/runtime/instances.ts";
import { storedOrScratch } from "../../src/runtime/scratch-database.ts";
import { leaveBehind } from "../deployments/left-behind.ts";

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

test("oneInstanceName() refuses to choose, and names whom it knows", async () => {
  const place = { home: join(folder, "several") };
  using database = openOrCreate(place);
  await expect(oneInstanceName(database, place)).rejects.toThrow("bring one up with operator up, or watch one with");
  const [east, west] = ["east", "west"].map((name) => database.instances.ensure({ subject: "lamps", name }));
  const lamps = database.instances.ensure({ subject: "lamps", name: "lamps" });

  expect(await oneInstanceName(database, { ...place, name: "east" })).toEqual({ subject: "lamps", name: "east" });
  expect(fittingInstances(database, { subject: "lamps" })).toHaveLength(3);
  await expect(oneInstanceName(database, { ...place, subject: "lamps" })).rejects.toThrow(
    "Several instances fit: lamps east, lamps west, lamps; choose one by --subject and --name",
  );
  await expect(oneInstanceName(database, { ...place, subject: "doors" })).rejects.toThrow(
    "No instance fits: expected the --subject and --name of one of lamps east, lamps west, lamps",
  );
  expect(instanceOf(database, { instance: west?.id ?? 0 })).toEqual(west ?? lamps);
  expect(instanceOf(database, { instance: 99 })).toEqual({ id: 99, subject: "unknown", name: "unknown" });
  const rows = [west, west, undefined, lamps].map((instance) => (instance ? { instance: instance.id } : {}));
  expect(instancesOf(database, rows)).toEqual([west ?? lamps, lamps]);
  const name = nameOf(database.instances.list());
  expect([east?.id, lamps.id, 99].map((instance = 0) => name({ instance }))).toEqual(["lamps east", "lamps", "99"]);
});

test("openToChange() finds no row in a home in which nothing was watched, and makes nothing", () => {
  const place = { home: join(folder, "unwatched") };
  using database = openToChange(place);
  const by = { atMs: 0, actor: "person/ada", reason: "By hand" } as const;

  expect(() => database.tickets.change(1, "held", by)).toThrow(InvalidInputError);
  database.audit.append({ ...by, event: "refused", detail: {} });
  expect(database.audit.verify().broken).toBeUndefined();
  expect([existsSync(place.home), existsSync(":memory:.audit-heads")]).toEqual([false, false]);
  expect(() => openToChange({ db: join(folder, "missing.db") })).toThrow("no such file");
});

test("openStored() is empty in a home without a database, and refuses a file that is named and not there", () => {
  const place = { home: join(folder, "never") };

  using database = openStored(place);

  expect(database.tickets.list()).toEqual([]);
  expect(existsSync(place.home)).toBe(false);
  expect(() => openStored({ db: join(folder, "never.db") })).toThrow("no such file");
});

test("namedInstances() refuses a name or a subject that fits nothing, and takes what runs and was never watched", async () => {
  const place = { home: join(folder, "named") };
  using database = openOrCreate(place);
  expect(await namedInstances(database, { ...place, subject: "ratelimiter" })).toEqual([]);
  await expect(namedInstances(database, { ...place, name: "east" })).rejects.toThrow("nothing was watched yet");
  const east = database.instances.ensure({ subject: "ratelimiter", name: "east" });
  leaveBehind(place.home, "west");

  expect(await namedInstances(database, { ...place, name: "east" })).toEqual([east]);
  expect(await namedInstances(database, { ...place, name: "west" })).toEqual([]);
  await expect(namedInstances(database, { ...place, name: "eats" })).rejects.toThrow(
    'expected one of ratelimiter east, did you mean "east"',
  );
  await expect(namedInstances(database, { ...place, subject: "ratelimitr" })).rejects.toThrow("Cannot find subject");
});

test("openOrMemory() keeps nothing where nothing can be written, says why, and refuses what is no database", async () => {
  const written = openOrMemory({ home: join(folder, "written") });
  const unwritten = openOrMemory({ db: "/sys/operator/x.db" });
  await Bun.write(join(folder, "foreign.db"), "not a database, but longer than a header".repeat(50));

  expect([written.unwritable, unwritten.unwritable]).toEqual([undefined, expect.stringContaining("/sys/operator")]);
  expect(unwritten.database.path).toBe(":memory:");
  expect(() => openOrMemory({ db: join(folder, "foreign.db") })).toThrow("not a SQLite database");
  for (const { database } of [written, unwritten]) database[Symbol.dispose]();
});
