import { Database as Sqlite } from "bun:sqlite";
import { expect, test } from "bun:test";
import type { Database } from "../../src/database/mod.ts";
import { temporaryDatabase } from "../monitor/scripted-session.ts";

test("audit.append() makes a chain that verifies, and hides secrets but not a plain key", () => {
  using database = written();

  const rows = database.audit.list();

  expect(rows.map(({ id }) => id)).toEqual([1, 2, 3]);
  expect(rows[1]?.previousHash).toBe(rows[0]?.hash ?? "");
  expect(rows[0]?.detail).toEqual({ key: "user:7", password: "[redacted]" });
  expect(database.audit.verify(database.audit.head())).toEqual({ rows: 3, head: database.audit.head() });
  expect(database.audit.list(2).map(({ id }) => id)).toEqual([3]);
});

test("audit.verify() of an empty log is sound", () => {
  using database = temporaryDatabase();

  expect(database.audit.verify(database.audit.head())).toEqual({ rows: 0, head: { id: 0, hash: "0".repeat(64) } });
});

const TAMPERING: Readonly<Record<string, readonly [sql: string, broken: string]>> = {
  "a changed row": ["UPDATE audit SET detail = '{}' WHERE id = 2", "Row 2 was changed after it was written"],
  "a row that is missing": ["DELETE FROM audit WHERE id = 2", "Row 3 follows row 1: rows between them are missing"],
  "a first row that is missing": [
    "DELETE FROM audit WHERE id = 1",
    "Row 2 follows row 0: rows between them are missing",
  ],
  "an end that was cut off": [
    "DELETE FROM audit WHERE id = 3",
    "Row 3 is known from outside and missing here: the end was cut off",
  ],
  "a broken link": ["UPDATE audit SET previous_hash = 'x' WHERE id = 3", "Row 3 does not continue the row before it"],
};

for (const [name, [sql, broken]] of Object.entries(TAMPERING)) {
  test(`audit.verify() finds ${name}`, () => {
    using database = written();
    const head = database.audit.head();

    tamper(database, sql);

    expect(database.audit.verify(head).broken).toBe(broken);
  });
}

test("audit.verify() finds that the whole chain was written anew", () => {
  using database = written();
  const head = database.audit.head();
  tamper(database, "DELETE FROM audit");
  for (let entry = 0; entry < 3; entry++) append(database, { entry });

  expect(database.audit.verify(head).broken).toBe("Row 3 is not the one known");
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
