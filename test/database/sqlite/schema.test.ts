import { Database as Sqlite } from "bun:sqlite";
import { expect, test } from "bun:test";
import { MIGRATIONS } from "../../../src/database/sqlite/migrations.ts";
import { SCHEMA } from "../../../src/database/sqlite/schema.ts";

test("SCHEMA is what the migrations lead to", () => {
  using migrated = new Sqlite(":memory:");
  using fresh = new Sqlite(":memory:");

  for (const step of MIGRATIONS) migrated.run(step);
  fresh.run(SCHEMA);

  expect(schemaOf(fresh)).toEqual(schemaOf(migrated));
});

function schemaOf(sqlite: Sqlite): Readonly<Record<string, string>> {
  const rows = sqlite
    .query<{ name: string; sql: string }, []>("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
    .all();
  return Object.fromEntries(
    rows.map(({ name, sql }) => [name, sql.replaceAll(/\s+/g, " ").replaceAll(" ,", ",").replaceAll(" )", ")")]),
  );
}
