import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setLadder } from "../../../src/actions/control.ts";
import { monitorLease } from "../../../src/core/words/lease.ts";
import { haltFileOf, openDatabase } from "../../../src/database/mod.ts";
import { renderStanding } from "../../../src/render/records/standing.ts";
import { homeStanding, storedStandings } from "../../../src/runtime/views/home.ts";
import { by, setStage } from "../../toy/stage.ts";

const NOW_MS = 5000;
const INSTANCE = { subject: "toy", name: "hall" };

let home: string;
let path: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "operator-safety-"));
  path = join(home, "operator.db");
});
afterEach(() => rmSync(home, { recursive: true }));

test("homeStanding() is at observe where there is no database, and makes none", () => {
  expect(homeStanding(home, INSTANCE, NOW_MS)).toEqual({ ladder: { rung: "observe" }, incidents: [], waiting: [] });
  haltFileOf(path).write(by("person/ada", "Stop"));
  expect(homeStanding(home, INSTANCE, NOW_MS)).toMatchObject({ halt: { reason: "Stop" } });
  expect(() => openDatabase(path, { create: false })).toThrow();
});

test("homeStanding() reads the ladder of that instance only", () => {
  using database = openDatabase(path);
  const { id } = database.instances.ensure(INSTANCE);
  setLadder(database, id, { ladder: { rung: "approve" }, ...by("person/ada", "Try it") });

  expect(homeStanding(home, INSTANCE, NOW_MS)).toEqual({ ladder: { rung: "approve" }, incidents: [], waiting: [] });
  expect(homeStanding(home, { ...INSTANCE, name: "cellar" }, NOW_MS)).toEqual({
    ladder: { rung: "observe" },
    incidents: [],
    waiting: [],
  });
});

test("storedStandings() tells of every instance on record, or why none can be read", () => {
  expect(storedStandings(home, NOW_MS)).toEqual([]);
  {
    using database = openDatabase(path);
    const [hall, cellar] = ["hall", "cellar"].map((name) => database.instances.ensure({ subject: "toy", name }).id);
    database.leases.acquire(monitorLease(cellar ?? 0), { holder: "monitor/x", nowMs: NOW_MS, ttlMs: 1000 });
    setLadder(database, hall ?? 0, { ladder: { rung: "approve" }, ...by("person/ada", "Try it") });
  }

  expect(storedStandings(home, NOW_MS)).toMatchObject([
    { instance: { name: "cellar" }, standing: { watcher: "monitor/x", ladder: { rung: "observe" } } },
    { instance: { name: "hall" }, standing: { ladder: { rung: "approve" } } },
  ]);

  writeFileSync(path, "no database at all, and longer than a header".repeat(50));
  expect(storedStandings(home, NOW_MS)).toEqual({ failed: expect.stringContaining(path) });
});

test("homeStanding() says why nothing can be read", () => {
  writeFileSync(path, "no database at all, and longer than a header".repeat(50));

  expect(homeStanding(home, INSTANCE, NOW_MS)).toEqual({ failed: expect.stringContaining(path) });
});

test("homeStanding() tells who watches and when it last looked, what is open, and how to approve what waits", async () => {
  await using stage = await setStage();
  const { database, instance, incident } = stage;
  await stage.propose();
  setLadder(database, instance, { ladder: { rung: "approve" }, ...by("person/ada", "Try it") });
  const nowMs = database.checkups.latest(instance)?.atMs ?? Date.now();
  database.leases.acquire(monitorLease(instance), { holder: "monitor/a:1", nowMs, ttlMs: 10_000 });

  const standing = homeStanding(dirname(database.path), { subject: "toy", name: "stage" }, nowMs);
  const lines = renderStanding(standing, nowMs);

  expect(standing).toMatchObject({
    ladder: { rung: "approve" },
    watcher: "monitor/a:1",
    incidents: [{ incident: { id: incident } }],
    waiting: [{ advice: expect.stringContaining("operator actions approve") }],
  });
  expect(lines).toEqual([
    "actions at approve: each action waits for a person",
    expect.stringMatching(/^watched by monitor\/a:1, /),
    expect.stringMatching(/^incident \d+ awaiting-approval, open for \S+: /),
    expect.stringMatching(/^action \d+ pending: start-component .*Approve with: operator actions approve \d+$/),
  ]);
});
