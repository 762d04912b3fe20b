/** Whatever the operator acknowledges is on the disk: with which level of synchronisation each row was committed. */

import { Database as Sqlite } from "bun:sqlite";
import { expect, test } from "bun:test";
import { approve, setLadder } from "../../src/actions/control.ts";
import { executeNext } from "../../src/actions/executor.ts";
import { halt, resume } from "../../src/actions/halt.ts";
import { by, type Stage, setStage } from "../toy/stage.ts";

test("halt, resume, ladder, approval, intent and outcome are committed with full synchronisation", async () => {
  await using stage = await setStage({ helps: false });
  using levels = watchLevels(stage, ["audit", "ladders", "halt", "approvals"]);
  const { database, instance, executor, signal } = stage;
  const { id } = await stage.propose();
  setLadder(database, instance, { ladder: { rung: "approve" }, ...by("person/ada", "Try it") });
  approve(database, id, by("person/ada", "Go"));
  const actions = new Map(
    [...executor.actions].map(([id, action]) => [id, { ...action, undo: () => Promise.resolve("Undone") }]),
  );

  await executeNext({ ...executor, actions }, signal);
  halt(database.path, by("person/ada", "Stop"));
  resume(database, by("person/ada", "Go on"));

  const events = database.audit.list().map(({ event }) => event);
  expect(events).toEqual([
    "action-proposed",
    "ladder-set",
    "action-approved",
    "action-intended",
    "action-done",
    "undo-intended",
    "undo-done",
    "action-ineffective",
    "halted",
    "resumed",
  ]);
  expect(levels.of("audit")).toEqual(events.map(() => FULL));
  expect([...levels.of("ladders"), ...levels.of("halt"), ...levels.of("approvals")]).toEqual([FULL, FULL, FULL]);
});

test("a person's change of a ticket is committed with full synchronisation, a monitor's is not", async () => {
  await using stage = await setStage();
  using levels = watchLevels(stage, ["ticket_transitions"]);
  const { tickets } = stage.database;

  tickets.change(stage.ticket, "held", by("person/ada", "Mine"));
  tickets.change(stage.ticket, "unheld", by("person/ada", "Yours"));
  tickets.change(stage.ticket, "resolved", by("monitor/test", "Holds again"));
  tickets.change(stage.ticket, "reopened", by("person/ada", "It does not"));

  expect(levels.of("ticket_transitions")).toEqual([FULL, FULL, NORMAL, FULL]);
});

const NORMAL = 1;
const FULL = 2;

interface Levels extends Disposable {
  /** The level of the connection that wrote each row; it cannot change before the commit. */
  of(table: string): readonly number[];
}

/** Triggers run on whichever connection writes the row, so they see the level that its commit will have. */
function watchLevels({ database }: Stage, tables: readonly string[]): Levels {
  const sqlite = new Sqlite(database.path);
  sqlite.run("CREATE TABLE levels (id INTEGER PRIMARY KEY, of_table TEXT, level INTEGER)");
  for (const table of tables) {
    sqlite.run(`CREATE TRIGGER watch_${table} AFTER INSERT ON ${table} BEGIN
      INSERT INTO levels (of_table, level) SELECT '${table}', synchronous FROM pragma_synchronous; END`);
  }
  return {
    of: (table) =>
      sqlite
        .query<{ level: number }, [string]>("SELECT level FROM levels WHERE of_table = ? ORDER BY id")
        .all(table)
        .map(({ level }) => level),
    [Symbol.dispose]: () => sqlite.close(),
  };
}
