/** Every statement that monitor, agent and executor prepare is answered from an index: a loop that scans gets slower for ever. */

import { Database as Sqlite } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, spyOn, test } from "bun:test";
import { setLadder } from "../../src/actions/control.ts";
import { executeNext } from "../../src/actions/executor.ts";
import { SCHEMA } from "../../src/database/sqlite/schema.ts";
import { watching } from "../monitor/watching.ts";
import { by, setStage } from "../toy/stage.ts";

setDefaultTimeout(60_000);

const INTERVAL = 5000;

const plans = new Sqlite(":memory:");
let prepared: readonly string[];

beforeAll(async () => {
  plans.run(SCHEMA);
  using queries = spyOn(Sqlite.prototype, "query");
  await monitorAnHour();
  await diagnoseAndAct();
  prepared = [...new Set(queries.mock.calls.map(([sql]) => sql))];
});
afterAll(() => plans.close());

test("no statement of a loop reads a whole table", () => {
  const scans = [...prepared]
    .filter((sql) => !isNewest(sql))
    .flatMap((sql) => {
      const rows = plans.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all();
      return rows
        .filter(({ detail }) => isScan(detail))
        .map(({ detail }) => `${detail}: ${sql.replaceAll(/\s+/g, " ")}`);
    });

  expect(prepared.length).toBeGreaterThan(40);
  expect(scans).toEqual([]);
});

test("a scan would be found", () => {
  const rows = plans.query<{ detail: string }, []>("EXPLAIN QUERY PLAN SELECT * FROM tickets WHERE summary = ''").all();

  expect(rows.map(({ detail }) => isScan(detail))).toEqual([true]);
});

/**
 * A scan of an index is one of the whole table, too; constants, what a statement itself has gathered, the one row of
 * `halt` and the list of tables are not.
 */
function isScan(detail: string): boolean {
  return /^SCAN (?!CONSTANT|\(|subquery|\d+-ROW VALUES|halt$|sqlite_schema$)/i.test(detail);
}

/** Reads the newest row and stops. */
function isNewest(sql: string): boolean {
  return sql.endsWith("ORDER BY id DESC LIMIT 1") && !sql.includes("WHERE");
}

/** Tickets open, resolve, reopen; a person joins in; everything is pruned. */
async function monitorAnHour(): Promise<void> {
  const node = { id: "node/1", kind: "node", state: "up", clockOffsetMs: 20 } as const;
  const retention = { samplesMs: 60_000, evidenceMs: 120_000, historyMs: 120_000 };
  await using run = await watching({ verdicts: { "answers node/1": "violated" }, components: [node] }, { retention });
  await run.clock.advance(10 * INTERVAL);
  run.database.tickets.change(1, "held", by("person/ada", "I look into it"));
  run.database.tickets.change(1, "unheld", by("person/ada", "Done"));
  run.script.verdicts["answers node/1"] = "holds";
  run.script.components = [{ ...node, state: "down" }];
  await run.clock.advance(600_000);
  run.script.verdicts["answers node/1"] = "violated";
  await run.clock.advance(10 * INTERVAL);
}

async function diagnoseAndAct(): Promise<void> {
  await using stage = await setStage();
  setLadder(stage.database, stage.instance, {
    ladder: { rung: "auto", upTo: "reversible" },
    ...by("person/ada", "Go"),
  });
  await stage.propose();
  await executeNext({ ...stage.executor, verifyWithinMs: 100 }, stage.signal);
}
