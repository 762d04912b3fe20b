import { Database as Sqlite } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/database/mod.ts";

const folder = mkdtempSync(join(tmpdir(), "operator-test-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("openDatabase() makes the file and its folder", () => {
  const path = join(folder, "new", "deep", "operator.db");

  using database = openDatabase(path);

  expect(database.instances.list()).toEqual([]);
  expect(existsSync(path)).toBe(true);
});

test("openDatabase() keeps what is there", () => {
  const path = join(folder, "kept.db");
  openDatabase(path).instances.ensure({ subject: "toy", name: "a" });

  using again = openDatabase(path);

  expect(again.instances.list("toy").map(({ name }) => name)).toEqual(["a"]);
});

test("openDatabase() makes no file for one who only reads", () => {
  const path = join(folder, "missing.db");

  expect(() => openDatabase(path, { create: false })).toThrow(
    `Cannot open database "${path}": no such file, expected one that "operator watch" has written`,
  );
  expect(existsSync(path)).toBe(false);
});

test("openDatabase() refuses a file of a newer version and leaves it as it is", () => {
  const path = join(folder, "newer.db");
  openDatabase(path)[Symbol.dispose]();
  const sqlite = new Sqlite(path);
  sqlite.run("PRAGMA user_version = 99");

  expect(() => openDatabase(path)).toThrow(/"\S+newer.db": its version is 99, expected at most \d+; it was written by/);
  expect(sqlite.query("PRAGMA user_version").get()).toEqual({ user_version: 99 });
  sqlite.close();
});

test("openDatabase() refuses a file that is no database", () => {
  const path = join(folder, "text.db");
  writeFileSync(path, "This is no database at all, only text. ".repeat(50));

  expect(() => openDatabase(path)).toThrow(
    `Cannot open database "${path}": the file is not a SQLite database, expected one that operator has written`,
  );
});

test("openDatabase() refuses a database of another program and adds nothing to it", () => {
  const path = join(folder, "strange.db");
  const sqlite = new Sqlite(path);
  sqlite.run("CREATE TABLE theirs (x)");

  expect(() => openDatabase(path)).toThrow("it holds tables of another program");
  expect(sqlite.query("SELECT count(*) AS n FROM sqlite_schema").get()).toEqual({ n: 1 });
  sqlite.close();
});

test.each([1, 2, -1])(
  "openDatabase() refuses a database of another program that counts its version as %i",
  (version) => {
    const path = join(folder, `counting${version}.db`);
    using sqlite = new Sqlite(path);
    sqlite.run("CREATE TABLE theirs (x)");
    sqlite.run(`PRAGMA user_version = ${version}`);

    expect(() => openDatabase(path)).toThrow("it holds tables of another program");
    expect(sqlite.query("SELECT count(*) AS n FROM sqlite_schema").get()).toEqual({ n: 1 });
    expect(sqlite.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "delete" });
  },
);

test("openDatabase() says so when the file is damaged", () => {
  const path = join(folder, "damaged.db");
  openDatabase(path)[Symbol.dispose]();
  truncateSync(path, 20_000);

  expect(() => openDatabase(path)).toThrow(
    `Cannot open database "${path}": the file is damaged, expected an intact database`,
  );
});

test("a store names the file and what is wrong with it", () => {
  const path = join(folder, "broken.db");
  using database = openDatabase(path);
  using sqlite = new Sqlite(path);
  sqlite.run("DROP TABLE leases");

  expect(() => database.leases.current("monitor/1", 0)).toThrow(`Cannot use database "${path}"`);
});

test.each([
  ["deleted", (path: string) => rmSync(path)],
  ["replaced", (path: string) => (rmSync(path), writeFileSync(path, ""))],
])("nothing is written to a file that was %s after it had been opened", (what, befall) => {
  const path = join(folder, `${what}.db`);
  using database = openDatabase(path);
  befall(path);

  expect(() => database.transact(() => 1)).toThrow(`Cannot use database "${path}": the file was deleted, moved or`);
  expect(() => database.instances.ensure({ subject: "toy", name: "a" })).toThrow(
    "deleted, moved or replaced after it had been opened",
  );
});

test("openDatabase() says so when its folder cannot be there", () => {
  const path = join(folder, "text.db", "operator.db");

  expect(() => openDatabase(path)).toThrow(`Cannot open database "${path}":`);
});

test("openDatabase() says so when the path is a folder", () => {
  expect(() => openDatabase(folder)).toThrow(
    `Cannot open database "${folder}": the file or its folder cannot be opened or written`,
  );
});

test("openDatabase() waits for another process that is writing to a new file", async () => {
  const path = join(folder, "busy.db");
  const script = `const { Database } = await import("bun:sqlite");
    new Database(${JSON.stringify(path)}).run("BEGIN IMMEDIATE");
    console.log("locked");
    await Bun.sleep(300);`;
  const other = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
  await other.stdout.getReader().read();

  using database = openDatabase(path);

  expect(database.instances.list()).toEqual([]);
  await other.exited;
});

test("openDatabase() says so when the file or its folder is read-only", () => {
  chmodSync(folder, 0o755);
  const locked = mkdtempSync(join(folder, "locked-"));
  const path = join(locked, "operator.db");
  openDatabase(path)[Symbol.dispose]();
  chmodSync(path, 0o444);
  chmodSync(locked, 0o555);

  asNobody(() => {
    expect(() => openDatabase(path)).toThrow(
      `Cannot open database "${path}": the file or its folder is read-only, expected one that can be written`,
    );
    expect(() => openDatabase(join(locked, "other.db"))).toThrow("the file or its folder is read-only");
  });
});

test("transact() undoes all of it when a part fails, and joins a running one", () => {
  using database = openDatabase(join(folder, "torn.db"));

  const torn = () =>
    database.transact(() => {
      database.instances.ensure({ subject: "toy", name: "a" });
      database.transact(() => database.instances.ensure({ subject: "toy", name: "b" }));
      throw new Error("halfway");
    });

  expect(torn).toThrow("halfway");
  expect(database.instances.list()).toEqual([]);
});

/** Nothing is read-only to root, as whom tests run in some places. */
function asNobody(run: () => void): void {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65_534);
  try {
    run();
  } finally {
    process.seteuid?.(0);
  }
}
