/** One row that cannot be read costs that row: on a copy of a real home, each JSON column of each table is damaged in turn. */

import { Database as Sqlite } from "bun:sqlite";
import { afterAll, afterEach, beforeAll, expect, spyOn, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { approve } from "../../src/actions/control.ts";
import { openJournal } from "../../src/chaos/journal.ts";
import { EXIT } from "../../src/cli/args/exit-code.ts";
import { runCli } from "../../src/cli/args/run.ts";
import { COMMANDS as TREE } from "../../src/cli/commands/mod.ts";
import { isReadable } from "../../src/core/safety/action-run.ts";
import { type Database, openDatabase } from "../../src/database/mod.ts";

const FIXTURE = join(import.meta.dir, "..", "fixtures", "0.1.0");
const INSTANCE = 1;

let whole: string;
let home: string;
let before: Readonly<Record<string, number>>;

beforeAll(() => {
  whole = mkdtempSync(join(tmpdir(), "operator-whole-"));
  cpSync(FIXTURE, whole, { recursive: true });
  // Brought to the present form once, with what the earlier version did not keep.
  using database = openDatabase(join(whole, "operator.db"));
  database.inspections.keep(INSTANCE, [{ id: "process", component: "node/1", atMs: 1, value: { state: "running" } }]);
  openJournal(whole)[Symbol.dispose]();
  before = readAll(database);
});

afterAll(() => rmSync(whole, { recursive: true, force: true }));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const TRUNCATED = '{"a":';
const packed = (text: string) => gzipSync(Buffer.from(text));

/** Each column with what may be found in it instead. */
const DAMAGE: readonly (readonly [table: string, column: string, values: readonly (string | Uint8Array)[]])[] = [
  ["tickets", "figures", [TRUNCATED, "null", "[1]", '{"a":{}}', ""]],
  ["events", "figures", [TRUNCATED, "null", '"text"']],
  ["diagnoses", "diagnosis", [TRUNCATED, "null", "{}", '{"engine":"rules","cause":{}}']],
  ["action_runs", "planned", [TRUNCATED, "null", "{}", '{"action":"start-component"}']],
  ["series", "labels", [TRUNCATED, "null", '[["a"]]', "{}"]],
  ["audit", "detail", [TRUNCATED]],
  ["ladders", "ladder", [TRUNCATED, "null"]],
  ["inspections", "value", [TRUNCATED, "null"]],
  ["pictures", "picture", [new Uint8Array([1, 2, 3]), packed(TRUNCATED), packed("null"), packed('{"components":[1]}')]],
  ["evidence", "frozen", [new Uint8Array(), packed(TRUNCATED), packed('{"logs":[{}],"series":[]}'), packed("[]")]],
  ["samples", "packed", [new Uint8Array(), new Uint8Array(7), new Uint8Array(80_001)]],
  ["shapes", "series", [new Uint8Array(), new Uint8Array(3)]],
];

const CASES = DAMAGE.flatMap(([table, column, values]) =>
  values.map((value, index) => {
    return { table, column, value, name: `${table}.${column}, form ${index + 1}`, first: index === 0 };
  }),
);

/** Damages the last row, which is what most readers look at first. */
function damage({ table, column, value }: Pick<(typeof CASES)[number], "table" | "column" | "value">): void {
  home = mkdtempSync(join(tmpdir(), "operator-damaged-"));
  cpSync(whole, home, { recursive: true });
  using sqlite = new Sqlite(join(home, "operator.db"));
  const key = table === "inspections" ? "component" : table === "ladders" ? "instance" : "id";
  const { changes } = sqlite
    .query(`UPDATE ${table} SET ${column} = ? WHERE ${key} = (SELECT max(${key}) FROM ${table})`)
    .run(value);
  expect(changes).toBe(1);
}

/** Every reader with how many rows it has. */
function readAll(database: Database): Readonly<Record<string, number>> {
  const { tickets, incidents, actionRuns, events, evidence, pictures, samples, audit, feed, inspections } = database;
  const span = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const [all, found] = [tickets.list(), incidents.list()];
  const from = { event: 0, ticket: 0, incident: 0, step: 0, checkup: 0 };
  const windowMs = Number.MAX_SAFE_INTEGER;
  const asked = [...pictures.kinds(INSTANCE).keys()].map((metric) => ({ metric, windowMs, endMs: windowMs }));
  return {
    tickets: all.length,
    ticketsById: all.filter(({ id }) => tickets.get(id)).length,
    transitions: all.flatMap(({ id }) => tickets.transitions(id)).length,
    incidents: found.length,
    ticketsOfIncidents: found.flatMap(({ id }) => incidents.tickets(id)).length,
    unfiled: incidents.unfiled(INSTANCE).length,
    diagnoses: found.flatMap(({ id }) => incidents.diagnoses(id)).length,
    actionRuns: actionRuns.list().length,
    events: events.between(INSTANCE, span).length,
    news: feed.after(INSTANCE, from).items.length,
    evidence: all.filter((ticket) => ticket.evidence !== undefined && evidence.get(ticket.evidence)).length,
    pictures: pictures.at(INSTANCE, span.toMs)?.components.length ?? 0,
    series: asked.flatMap((question) => samples.query(INSTANCE, question)).length,
    audit: audit.list().length,
    entityStates: database.entityStates.load(INSTANCE).length,
    inspections: inspections.healthy(INSTANCE, { id: "process", component: "node/1" }) ? 1 : 0,
    ladder: database.safety.ladder(INSTANCE).rung.length > 0 ? 1 : 0,
  };
}

/** Of what is left out a row may be missing, and of a shape all that it holds. */
const MAY_MISS: Readonly<Record<string, readonly string[]>> = {
  diagnoses: ["diagnoses"],
  evidence: ["evidence"],
  series: ["series"],
  shapes: ["series"],
  samples: ["series"],
  inspections: ["inspections"],
};

const COMMANDS = [
  ["tickets", "list", "--all"],
  ["tickets", "show", "16"],
  ["incidents", "list", "--all", "--json"],
  ["incidents", "show", "9"],
  ["actions", "list", "--all"],
  ["audit", "list"],
];

test.each(CASES)("a damaged row of $name costs no reader another row", (one) => {
  damage(one);
  using database = openDatabase(join(home, "operator.db"));

  const after = readAll(database);

  const fewer = Object.keys(before).filter((name) => (after[name] ?? 0) < (before[name] ?? 0));
  expect(fewer.filter((name) => !MAY_MISS[one.table]?.includes(name))).toEqual([]);
  if (one.table !== "shapes")
    for (const name of fewer) expect(after[name]).toBeGreaterThanOrEqual((before[name] ?? 0) - 4);
});

const FIRST = CASES.filter(({ first }) => first);

test.each(FIRST)("a damaged row of $name fails no command that shows what is stored", async (one) => {
  damage(one);
  const silent = [process.stdout, process.stderr].map((stream) => spyOn(stream, "write").mockReturnValue(true));

  const codes: Record<string, number> = {};
  for (const argv of COMMANDS) codes[argv.join(" ")] = await runCli([...argv, "--home", home], TREE);

  for (const spy of silent) spy.mockRestore();
  expect(Object.entries(codes).filter(([, code]) => code !== EXIT.done)).toEqual([]);
});

test("an action that cannot be read is shown as such, and no approval makes it run", () => {
  damage({ table: "action_runs", column: "planned", value: TRUNCATED });
  const sqlite = new Sqlite(join(home, "operator.db"));
  sqlite.run("UPDATE action_runs SET state = 'pending'");
  sqlite.close();
  using database = openDatabase(join(home, "operator.db"));

  const [bad, ...sound] = database.actionRuns.list().toReversed();

  expect(bad).toMatchObject({ action: "unreadable", risk: "destructive", state: "pending" });
  expect([bad, ...sound].map((run) => run && isReadable(run))).toEqual([false, true]);
  const by = { atMs: 1, actor: "person/ada", reason: "Go" } as const;
  expect(() => approve(database, bad?.id ?? 0, by)).toThrow("what is on record cannot be read");
});

test("a row that cannot be read is told once, however often it is read", () => {
  damage({ table: "diagnoses", column: "diagnosis", value: '"told once"' });
  using database = openDatabase(join(home, "operator.db"));
  const talk: string[] = [];
  const spy = spyOn(process.stderr, "write").mockImplementation((text) => talk.push(String(text)) > 0);
  const { id = 0 } = database.incidents.list().find(({ id }) => database.incidents.diagnoses(id).length === 0) ?? {};

  for (let count = 0; count < 3; count += 1) database.incidents.diagnoses(id);

  spy.mockRestore();
  expect(talk.length).toBeLessThanOrEqual(1);
});

test("an injection that cannot be read is listed with the others", () => {
  damage({ table: "tickets", column: "figures", value: "{}" });
  const sqlite = new Sqlite(join(home, "chaos.db"));
  sqlite.run("UPDATE injections SET input = '{' WHERE id = (SELECT max(id) FROM injections)");
  sqlite.close();
  using journal = openJournal(home);
  using sound = openJournal(whole);

  expect(journal.list(100).map(({ id }) => id)).toEqual(sound.list(100).map(({ id }) => id));
  expect(journal.list(1)[0]?.input).toBeNull();
});
