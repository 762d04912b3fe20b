import { Database as Sqlite } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setLadder } from "../../src/actions/control.ts";
import { executeNext } from "../../src/actions/executor.ts";
import { carryHalt, halt, resume, runCarrier } from "../../src/actions/halt.ts";
import type { BoundAction } from "../../src/core/subject/action.ts";
import { type Database, haltFileOf, openDatabase } from "../../src/database/mod.ts";
import { temporaryDatabase } from "../monitor/scripted-session.ts";
import { by, type Stage, setStage } from "../toy/stage.ts";
import { until } from "../until.ts";

const AUTO = { rung: "auto", upTo: "reversible" } as const;
const STOP = by("person/ada", "Smoke");

const folder = mkdtempSync(join(tmpdir(), "operator-test-"));
let databases = 0;

afterAll(() => rmSync(folder, { recursive: true }));

test("halt() cancels what is pending, sets every ladder to observe, and resume() leaves them there", async () => {
  await using stage = await setStage();
  const { database, instance } = stage;
  const { id } = await stage.propose();
  const other = database.instances.ensure({ subject: "toy", name: "other" }).id;
  stage.setLadder({ rung: "auto", upTo: "destructive" });
  setLadder(database, other, { ladder: { rung: "approve" }, ...by("person/ada", "Try it") });

  halt(database.path, by("person/ada", "Smoke"));

  expect(database.safety.halted()).toMatchObject({ actor: "person/ada", reason: "Smoke" });
  expect(database.actionRuns.get(id)).toMatchObject({ state: "cancelled", reason: "Halted: Smoke" });
  expect(() => stage.setLadder({ rung: "approve" })).toThrow("Cannot set the ladder: everything is halted");

  resume(database, by("person/ada", "It was toast"));

  expect(database.safety.halted()).toBeUndefined();
  expect([instance, other].map((id) => database.safety.ladder(id))).toEqual([{ rung: "observe" }, { rung: "observe" }]);
  expect(eventsOf(database)).toEqual(["action-proposed", "ladder-set", "ladder-set", "halted", "resumed"]);
});

test("halt() writes a file beside the database that only its owner can read, and the row", () => {
  using database = temporaryDatabase();

  const halting = halt(database.path, STOP);

  const path = `${database.path}.halted`;
  expect(halting).toMatchObject({ file: { path }, row: { cancelled: [], head: database.audit.head() } });
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ reason: "Smoke", actor: "person/ada", atMs: STOP.atMs });
  expect(lstatSync(path).mode & 0o777).toBe(0o600);
});

const SPOILED: Readonly<Record<string, (path: string) => unknown>> = {
  "locked by a writer": (path) => locked(path, "BEGIN IMMEDIATE"),
  "locked for one process alone": (path) => locked(path, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"),
  "blocked by a reader": (path) => locked(path, "PRAGMA journal_mode = DELETE", "BEGIN", "SELECT * FROM instances"),
  damaged: (path) => truncateSync(path, 20_000),
  "no database": (path) => writeFileSync(path, "no database at all".repeat(100)),
  missing: (path) => rmSync(path),
};

test.each(Object.entries(SPOILED))("halt() takes effect by its file where the database is %s", (_, spoil) => {
  const path = join(folder, `${databases++}.db`);
  openDatabase(path)[Symbol.dispose]();
  using stack = new DisposableStack();
  const held = spoil(path);
  if (held instanceof Sqlite) stack.use(held);

  const { file, row } = halt(path, STOP, { waitMs: 20 });

  expect(file).toEqual({ path: `${path}.halted` });
  expect(row).toMatchObject({ failed: expect.any(Error) });
  expect(haltFileOf(path).read()).toEqual(STOP);
});

const FOUND: Readonly<Record<string, (path: string) => unknown>> = {
  "an empty file": (path) => writeFileSync(path, ""),
  "a file that is torn": (path) => writeFileSync(path, '{"reason":"Smo'),
  "a file that names nobody": (path) => writeFileSync(path, '{"reason":"Smoke","actor":"\\u001b[2J","atMs":1}'),
  "a link": (path) => symlinkSync("/etc/hostname", path),
  "a link to nothing": (path) => symlinkSync("/nowhere", path),
  "a folder": (path) => mkdirSync(path),
  "a pipe that nobody writes": (path) => Bun.spawnSync(["mkfifo", path]),
};

test.each(Object.entries(FOUND))("%s in the place of the halt file halts, and halt() leaves it in force", (_, put) => {
  using database = temporaryDatabase();
  put(`${database.path}.halted`);

  const before = database.safety.halted();
  halt(database.path, STOP);

  expect(before).toMatchObject({ actor: "person/unknown", reason: expect.stringContaining("No readable reason") });
  expect(database.safety.halted()).toBeDefined();
  expect(readFileSync("/etc/hostname", "utf8")).not.toContain("Smoke");
});

test("halt() by a link to the database halts those who opened the file itself", () => {
  using database = temporaryDatabase();
  const link = join(database.path, "..", "link.db");
  symlinkSync(database.path, link);

  haltFileOf(link).write(STOP);

  expect(database.safety.halted()).toEqual(STOP);
});

test("halt() fails where neither the file nor the database can be written", () => {
  const { file, row } = halt("/nowhere/operator.db", STOP);

  expect([file, row]).toMatchObject([{ failed: expect.any(Error) }, { failed: expect.any(Error) }]);
});

test("a halt that only the file knows is carried into the database once, by the next process that can write", async () => {
  await using stage = await setStage();
  const { database, instance } = stage;
  const { id } = await stage.propose();
  stage.setLadder(AUTO);
  haltFileOf(database.path).write(STOP);

  expect(() => setLadder(database, instance, { ladder: AUTO, ...STOP })).toThrow("everything is halted");
  await executeNext(stage.executor, stage.signal);
  const again = carryHalt(database, by("monitor/test", ""));

  expect(again).toBeUndefined();
  expect(database.actionRuns.get(id)).toMatchObject({ state: "cancelled", reason: "Halted: Smoke" });
  expect(database.safety.ladder(instance)).toEqual({ rung: "observe" });
  expect(stage.endpoints.starts).toBe(0);
  expect(database.audit.list().slice(2)).toMatchObject([
    { event: "halt-carried", actor: "executor/test", detail: { halt: STOP, cancelled: [id] } },
  ]);
  rmSync(`${database.path}.halted`);
  expect(database.safety.halted()).toEqual(STOP);
});

test("runCarrier() carries a halt that comes while it runs", async () => {
  await using stage = await setStage({ killed: false });
  const { database, signal } = stage;
  const ending = new AbortController();
  const { clock } = stage.executor;
  const hasty = { ...clock, sleep: (_: number, signal?: AbortSignal) => clock.sleep(5, signal) };
  const carrying = { database, clock: hasty, actor: "monitor/test" } as const;

  const running = runCarrier(carrying, AbortSignal.any([signal, ending.signal]));
  haltFileOf(database.path).write(STOP);
  await until(() => database.audit.list().length > 0);
  ending.abort();
  await running;

  expect(database.audit.list()).toMatchObject([{ event: "halt-carried", actor: "monitor/test" }]);
});

test("executeNext() is stopped by a halt that falls between the last look and the effect", async () => {
  await using stage = await setStage();
  await stage.propose();
  stage.setLadder(AUTO);
  let looks = 0;
  const session = stage.sessionThat(() => {
    looks += 1; // the first is for upkeep
    if (looks === 2) halt(stage.database.path, by("person/ada", "Stop"));
  });

  const run = await executeNext({ ...stage.executor, session }, stage.signal);

  expect(run?.state).toBe("cancelled");
  expect(stage.endpoints.starts).toBe(0);
  expect(eventsOf(stage.database)).not.toContain("action-intended");
});

test("executeNext() does not undo after a halt", async () => {
  await using stage = await setStage({ helps: false });
  await stage.propose();
  stage.setLadder(AUTO);
  const actions = withAction(stage, {
    run: async () => {
      halt(stage.database.path, by("person/ada", "Stop"));
      return "Ran";
    },
    undo: () => Promise.reject(new Error("Must not run")),
  });

  const run = await executeNext({ ...stage.executor, actions }, stage.signal);

  expect(run?.state).toBe("ineffective");
  expect(eventsOf(stage.database)).not.toContain("undo-intended");
});

test.each([
  ["an effect", "action-intended", "action-failed"],
  ["an undo", "undo-intended", "undo-failed"],
])("a halt by file that comes after the intent of %s still stops it", async (_, intended, refused) => {
  await using stage = await setStage({ helps: false });
  await stage.propose();
  stage.setLadder(AUTO);
  const effects: string[] = [];
  const actions = withAction(stage, {
    run: async () => (effects.push("run"), "Ran"),
    undo: async () => (effects.push("undo"), "Undone"),
  });
  const database = haltingAfter(stage, intended);

  await executeNext({ ...stage.executor, actions, database }, stage.signal);

  expect(effects).toEqual(intended === "undo-intended" ? ["run"] : []);
  const row = stage.database.audit.list().find(({ event }) => event === refused);
  expect(JSON.stringify(row?.detail)).toContain("Halted before the effect: nothing was sent");
});

test("resume() of a halt that only the file knows writes it into the database first", async () => {
  await using stage = await setStage();
  const { database, instance } = stage;
  stage.setLadder(AUTO);
  haltFileOf(database.path).write(STOP);

  resume(database, by("person/bob", "It was toast"));

  expect(database.safety.halted()).toBeUndefined();
  expect(database.safety.ladder(instance)).toEqual({ rung: "observe" });
  expect(eventsOf(database)).toEqual(["ladder-set", "halt-carried", "resumed"]);
});

test("resume() that ends anywhere before it is through leaves the halt in force", () => {
  for (const failing of ["halt-carried", "resumed"]) {
    using database = temporaryDatabase();
    haltFileOf(database.path).write(STOP);
    fails(database, failing);

    expect(() => resume(database, by("person/bob", "It was toast"))).toThrow("Cannot use database");
    expect(database.safety.halted()).toMatchObject({ reason: "Smoke" });
  }
});

function withAction({ executor }: Stage, change: Partial<BoundAction>): ReadonlyMap<string, BoundAction> {
  return new Map([...executor.actions].map(([id, action]) => [id, { ...action, ...change }]));
}

function eventsOf({ audit }: Database): readonly string[] {
  return audit.list().map(({ event }) => event);
}

/** The database of a stage, where the file halts as soon as a row of that event is on the disk. */
function haltingAfter({ database }: Stage, intended: string): Database {
  return {
    ...database,
    transactDurably(run) {
      const result = database.transactDurably(run);
      if (database.audit.list().at(-1)?.event === intended) haltFileOf(database.path).write(STOP);
      return result;
    },
  };
}

/** A row of that event cannot be written any more, as by a process that is killed there. */
function fails({ path }: Database, event: string): void {
  using sqlite = new Sqlite(path);
  sqlite.run(`CREATE TRIGGER fails BEFORE INSERT ON audit WHEN NEW.event = '${event}'
    BEGIN SELECT RAISE(ABORT, 'No more'); END`);
}

function locked(path: string, ...statements: readonly string[]): Sqlite {
  const sqlite = new Sqlite(path);
  for (const statement of statements) sqlite.query(statement).all();
  return sqlite;
}
