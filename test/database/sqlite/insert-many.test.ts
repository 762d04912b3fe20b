import { expect, test } from "bun:test";
import { connect } from "../../../src/database/sqlite/connection.ts";
import { insertMany } from "../../../src/database/sqlite/insert-many.ts";

test.each([0, 1, 127, 128, 129, 300])("insertMany() inserts %i rows in order, and counts all of them", (count) => {
  using sqlite = connect(":memory:");
  sqlite.run("CREATE TABLE many (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)");
  const values = Array.from({ length: count }, (_, index) => index + 10);

  const inserted = insertMany(
    sqlite,
    "INSERT INTO many (value)",
    values.map((value) => [value]),
  );

  expect(inserted).toEqual({ changes: count, lastInsertRowid: count });
  const rows = sqlite.query<{ value: number }, []>("SELECT value FROM many ORDER BY id").all();
  expect(rows.map(({ value }) => value)).toEqual(values);
});
