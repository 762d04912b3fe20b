import { Database as Sqlite } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { Database } from "../../../src/database/mod.ts";
import { temporaryDatabase } from "../../monitor/scripted-session.ts";

test("audit.append() makes a chain that verifies, and hides secrets but not a plain key", () => {
  using database = written();

  const rows = database.audit.list();

  expect(rows.map(({ id }) => id)).toEqual([1, 2, 3]);
  expect(rows[1]?.previousHash).toBe(rows[0]?.hash ?? "");
  expect(rows[0]?.detail).toEqual({ key: "user:7", password: "[redacted]" });
  expect(database.audit.verify(database.audit.head())).toEqual({
    rows: 3,
    head: database.audit.head(),
    unwitnessed: 0,
  });
  expect(database.audit.list(2).map(({ id }) => id)).toEqual([3]);
});

test("audit.newest() keeps to some instances and to what concerns all", () => {
  using database = temporaryDatabase();
  const [a, b] = ["a", "b"].map((name) => database.instances.ensure({ subject: "toy", name }).id);
  for (const instance of [a, b, undefined, b, a]) {
    const concerned = instance === undefined ? {} : { instance };
    database.audit.append({ atMs: 5, actor: "person/ada", event: "set", detail: {}, ...concerned });
  }
  const idsOf = (rows: readonly { readonly id: number }[]): readonly number[] => rows.map(({ id }) => id);

  expect(idsOf(database.audit.newest(2))).toEqual([4, 5]);
  expect(idsOf(database.audit.newest(10, [a ?? 0]))).toEqual([1, 3, 5]);
  expect(idsOf(database.audit.newest(2, [b ?? 0]))).toEqual([3, 4]);
});

test("audit.verify() of an empty log is sound", () => {
  using database = temporaryDatabase();

  expect(database.audit.verify(database.audit.head())).toEqual({
    rows: 0,
    head: { id: 0, hash: "0".repeat(64) },
    unwitnessed: 0,
  });
});

const TAMPERING: Readonly<Record<string, readonly [sql: string, why: string]>> = {
  "a changed row": ["UPDATE audit SET detail = '{}' WHERE id = 2", "Row 2 was changed after it was written"],
  "a row that is missing": ["DELETE FROM audit WHERE id = 2", "Row 2 is missing: row 3 comes after row 1"],
  "a first row that is missing": ["DELETE FROM audit WHERE id = 1", "Row 1 is missing: row 2 comes after row 0"],
  "a row before the first": ["UPDATE audit SET id = -1 WHERE id = 1", "Row -1 is out of place: the first row is 1"],
  "an end that was cut off": [
    "DELETE FROM audit WHERE id >= 2",
    "Row 2 is missing: the log was truncated, it had at least 3 rows",
  ],
  "a broken link": ["UPDATE audit SET previous_hash = 'x' WHERE id = 3", "Row 3 does not continue the row before it"],
};

for (const [name, [sql, why]] of Object.entries(TAMPERING)) {
  test(`audit.verify() finds ${name}`, () => {
    using database = written();
    tamper(database, sql);

    expect(database.audit.verify().broken?.why).toBe(why);
  });
}

test("audit.verify() finds that the whole chain was written anew", () => {
  using database = written();
  tamper(database, "DELETE FROM audit");
  for (let entry = 0; entry < 3; entry++) append(database, { entry });

  expect(database.audit.verify().broken).toEqual({
    row: 1,
    why: "Row 1 does not match its hash in the audit-heads file",
  });
});

test("audit.verify() needs only a head that a person kept, where the file of heads is gone", () => {
  using database = written();
  const { id, hash } = database.audit.head();
  tamper(database, "DELETE FROM audit WHERE id = 3");
  rmSync(`${database.path}.audit-heads`);

  expect(database.audit.verify().broken).toBeUndefined();
  expect(database.audit.verify({ id, hash: hash.slice(0, 16) }).broken?.row).toBe(3);
  expect(database.audit.verify({ id: 2, hash: "0123456789abcdef" }).broken?.why).toBe(
    "Row 2 does not match the head 2:0123456789abcdef",
  );
});

test("audit.verify() raises no alarm where a process ended before it could keep the head, or in the middle of that", () => {
  using database = written();
  const path = `${database.path}.audit-heads`;
  const lines = readFileSync(path, "utf8");

  writeFileSync(path, lines.slice(0, -10));
  const torn = database.audit.verify();
  append(database, { fourth: true });
  const after = database.audit.verify();
  rmSync(path);
  const without = database.audit.verify();

  expect(torn).toMatchObject({ rows: 3, unwitnessed: 1 });
  expect(after).toMatchObject({ rows: 4, unwitnessed: 0 });
  expect(without).toMatchObject({ rows: 4, unwitnessed: 4 });
  expect([torn, after, without].map(({ broken }) => broken)).toEqual([undefined, undefined, undefined]);
});

test("audit.verify() takes a file of heads that cannot be read for a fault, and list() shows a row that holds no JSON", () => {
  using database = written();
  rmSync(`${database.path}.audit-heads`);
  symlinkSync(database.path, `${database.path}.audit-heads`);
  tamper(database, "UPDATE audit SET detail = 'no JSON' WHERE id = 2");

  expect(database.audit.verify().broken).toEqual({
    row: 0,
    why: expect.stringMatching(/Cannot read ".*audit-heads": it is a symbolic link/),
  });
  expect(database.audit.isSound()).toBe(false);
  expect(database.audit.list().map(({ detail }) => detail)).toContain("no JSON");
  expect(database.audit.get(2)?.detail).toBe("no JSON");
});

test("audit.append() keeps the head only of what was committed, and keeps the row where the file cannot be written", () => {
  using database = written();
  const path = `${database.path}.audit-heads`;
  const failing = () =>
    database.transactDurably(() => {
      append(database, { lost: true });
      throw new Error("No more");
    });

  expect(failing).toThrow("No more");
  expect(readFileSync(path, "utf8").match(/^\d+/gm)).toEqual(["1", "2", "3"]);
  rmSync(path);
  mkdirSync(path);
  append(database, { kept: true });
  expect(database.audit.head().id).toBe(4);
});

test("audit.isSound() checks what was added since, and that what it has checked is still there", () => {
  for (const [sql, sound] of [
    ["SELECT 1", true],
    ["UPDATE audit SET detail = '[]' WHERE id = 4", false],
    ["DELETE FROM audit WHERE id >= 3", false],
  ] as const) {
    using database = written();
    const before = database.audit.isSound();
    append(database, { fourth: true });

    tamper(database, sql);

    expect([before, database.audit.isSound(), database.audit.isSound()]).toEqual([true, sound, sound]);
  }
});

function written(): Database {
  const database = temporaryDatabase();
  append(database, { key: "user:7", password: "hunter2" });
  append(database, { second: true });
  append(database, {});
  return database;
}

function append(database: Database, detail: unknown): void {
  database.audit.append({ atMs: 1, actor: "person/ada", instance: 1, event: "said", detail });
}

function tamper({ path }: Database, sql: string): void {
  const sqlite = new Sqlite(path);
  sqlite.run(sql);
  sqlite.close();
}
