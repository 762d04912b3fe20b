/** Whatever is done to the rows of the audit log is found, and the first row that is wrong is named. */

import { Database as Sqlite } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import * as fc from "fast-check";
import { type AuditColumns, hashOf } from "../../../src/database/audit/audit-chain.ts";
import type { Database } from "../../../src/database/mod.ts";
import { temporaryDatabase } from "../../monitor/scripted-session.ts";

const ROWS = 8;

/** What became of a chain, and the first row that is not as it was. */
interface Mutated {
  readonly rows: readonly AuditColumns[];
  readonly firstBad: number;
}

let database: Database;
let sqlite: Sqlite;
let rows: readonly AuditColumns[];
let others: readonly AuditColumns[];

beforeAll(() => {
  using other = temporaryDatabase();
  others = writeChain(other, "person/bob");
  database = temporaryDatabase();
  rows = writeChain(database, "person/ada");
  sqlite = new Sqlite(database.path);
});

afterAll(() => {
  sqlite.close();
  database[Symbol.dispose]();
});

test("audit.verify() finds each of 1,000 random mutations and names the first bad row", () => {
  const found = new Map<string, number>();

  fc.assert(
    fc.property(mutations(), ([kind, mutate]) => {
      const mutated = mutate(rows);
      fc.pre(!Bun.deepEquals(mutated.rows, rows));
      store(mutated.rows);

      const { broken } = database.audit.verify();

      expect(broken?.row).toBe(mutated.firstBad);
      expect(broken?.why).toContain(`Row ${mutated.firstBad} `);
      found.set(kind, (found.get(kind) ?? 0) + 1);
    }),
    { numRuns: 1000 },
  );

  store(rows);
  expect(database.audit.verify()).toMatchObject({ rows: ROWS, unwitnessed: 0 });
  expect([...found.keys()].toSorted()).toEqual(KINDS);
}, 120_000);

type Mutation = readonly [kind: string, mutate: (rows: readonly AuditColumns[]) => Mutated];

const KINDS = ["cut", "delete", "duplicate", "edit", "forge", "insert", "reorder", "splice", "splice whole"];

function mutations(): fc.Arbitrary<Mutation> {
  const at = fc.integer({ min: 0, max: ROWS - 1 });
  const two = fc.tuple(at, at).filter(([a, b]) => a !== b);
  return fc.oneof(
    edits(at, (row) => row).map((mutate): Mutation => ["edit", mutate]),
    // The row itself is consistent then, and nothing that follows it.
    edits(at, (row) => ({ ...row, hash: hashOf(row) })).map((mutate): Mutation => ["forge", mutate]),
    at.map((index): Mutation => ["delete", (rows) => ({ rows: rows.toSpliced(index, 1), firstBad: index + 1 })]),
    at.map((index): Mutation => ["cut", (rows) => ({ rows: rows.slice(0, index), firstBad: index + 1 })]),
    two.map(([a, b]): Mutation => ["reorder", (rows) => reordered(rows, a, b)]),
    fc
      .integer({ min: 1, max: ROWS - 1 })
      .map((index): Mutation => ["splice", (rows) => ({ rows: spliced(rows, index), firstBad: index + 1 })]),
    fc.constant<Mutation>(["splice whole", () => ({ rows: others, firstBad: 1 })]),
    fc.tuple(at, fc.string()).map(([index, event]): Mutation => ["insert", (rows) => inserted(rows, index, event)]),
    at.map((index): Mutation => ["duplicate", (rows) => duplicated(rows, index)]),
  );
}

/** One column of one row is another. */
function edits(
  at: fc.Arbitrary<number>,
  seal: (row: AuditColumns) => AuditColumns,
): fc.Arbitrary<(rows: readonly AuditColumns[]) => Mutated> {
  const change = fc.oneof(
    fc.string({ unit: "binary" }).map((detail) => ({ detail: detail })),
    fc.json().map((detail) => ({ detail })),
    fc.string().map((event) => ({ event: event })),
    fc.constantFrom("person/bob", "monitor/x").map((actor) => ({ actor })),
    fc.option(fc.integer({ min: 2, max: 99 })).map((instance) => ({ instance })),
    fc.integer().map((at_ms) => ({ at_ms })),
    fc.stringMatching(/^[0-9a-f]{64}$/).map((previous_hash) => ({ previous_hash })),
    fc.stringMatching(/^[0-9a-f]{0,64}$/).map((hash) => ({ hash })),
    fc.integer({ min: ROWS + 1 }).map((id) => ({ id })),
  );
  return fc.tuple(at, change).map(([index, changed]) => (rows) => ({
    rows: rows.map((row, at) => (at === index ? seal({ ...row, ...changed }) : row)),
    firstBad: index + 1,
  }));
}

function reordered(rows: readonly AuditColumns[], a: number, b: number): Mutated {
  const ids = rows.map(({ id }) => id);
  const swapped = rows.with(a, rows[b] ?? fail()).with(b, rows[a] ?? fail());
  return { rows: swapped.map((row, index) => ({ ...row, id: ids[index] ?? 0 })), firstBad: Math.min(a, b) + 1 };
}

function spliced(rows: readonly AuditColumns[], index: number): readonly AuditColumns[] {
  return [...rows.slice(0, index), ...others.slice(index)];
}

/** Fits behind the row before it; what follows moves one further. */
function inserted(rows: readonly AuditColumns[], index: number, event: string): Mutated {
  const before = rows[index] ?? fail();
  const unsealed = {
    ...before,
    event: event,
    previous_hash: rows[index - 1]?.hash ?? "0".repeat(64),
  };
  const own = { ...unsealed, hash: hashOf({ ...unsealed, detail: '"inserted"' }), detail: '"inserted"' };
  const moved = rows.slice(index).map((row) => ({ ...row, id: row.id + 1 }));
  return { rows: [...rows.slice(0, index), own, ...moved], firstBad: index + 1 };
}

function duplicated(rows: readonly AuditColumns[], index: number): Mutated {
  return { rows: [...rows, { ...(rows[index] ?? fail()), id: ROWS + 1 }], firstBad: ROWS + 1 };
}

function writeChain(database: Database, actor: AuditColumns["actor"]): readonly AuditColumns[] {
  for (let entry = 0; entry < ROWS; entry++) {
    database.audit.append({ atMs: entry, actor, instance: 1, event: "said", detail: { entry } });
  }
  using sqlite = new Sqlite(database.path);
  return sqlite.query<AuditColumns, []>("SELECT * FROM audit ORDER BY id").all();
}

function store(rows: readonly AuditColumns[]): void {
  sqlite.transaction(() => {
    sqlite.run("DELETE FROM audit");
    const insert = sqlite.query("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    for (const { id, at_ms, actor, instance, event, detail, previous_hash, hash } of rows) {
      insert.run(id, at_ms, actor, instance, event, detail, previous_hash, hash);
    }
  })();
}

function fail(): never {
  throw new Error("Cannot find the row");
}
