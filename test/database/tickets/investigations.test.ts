import { expect, test } from "bun:test";
import { NOTHING_SPENT } from "../../../src/core/diagnosis/investigation.ts";
import type { Database } from "../../../src/database/mod.ts";
import { temporaryDatabase } from "../../monitor/scripted-session.ts";

const GIVEN = { version: 1, title: "Dark, password=hunter2" };
const SPENT = { ...NOTHING_SPENT, turns: 3, tokens: 700, usd: 0.25 };

test("investigations are kept with their case and every step, without secrets", () => {
  using database = withIncident();

  const { id } = database.investigations.begin({ incident: 1, engine: "rules", atMs: 1000, case: GIVEN });
  database.investigations.addStep(id, 1001, { kind: "asked", summary: "e1 token=abc", detail: { found: [1, 2] } });
  database.investigations.end(id, { atMs: 1002, state: "concluded", outcome: "crash of lamp/2", spent: SPENT });

  expect(database.investigations.list(1)).toEqual([
    {
      id,
      incident: 1,
      engine: "rules",
      state: "concluded",
      startedAtMs: 1000,
      endedAtMs: 1002,
      outcome: "crash of lamp/2",
      spent: SPENT,
    },
  ]);
  expect(database.investigations.caseOf(id)).toEqual({ version: 1, title: "Dark, password=[redacted]" });
  const steps = database.investigations.steps(id);
  expect(steps.map(({ kind }) => kind)).toEqual(["began", "asked", "ended"]);
  expect(steps[1]).toMatchObject({ atMs: 1001, summary: "e1 token=[redacted]", detail: { found: [1, 2] } });
});

test("investigations.begin() takes over from an agent that has died, and one that has ended stays as it is", () => {
  using database = withIncident();
  const left = database.investigations.begin({ incident: 1, engine: "rules", atMs: 1000, case: GIVEN });

  const next = database.investigations.begin({ incident: 1, engine: "rules", atMs: 2000, case: GIVEN });
  database.investigations.end(left.id, { atMs: 3000, state: "concluded", outcome: "Late", spent: SPENT });

  expect(database.investigations.list(1)).toMatchObject([
    { id: left.id, state: "abandoned", endedAtMs: 2000, outcome: "Interrupted: its agent has ended" },
    { id: next.id, state: "running" },
  ]);
});

test("investigations.spentSince() adds up what began since then on the same incident", () => {
  using database = withIncident();
  for (const atMs of [1000, 2000, 3000]) {
    const { id } = database.investigations.begin({ incident: 1, engine: "x", atMs, case: GIVEN });
    database.investigations.end(id, { atMs, state: "failed", outcome: "", spent: SPENT });
  }

  expect(database.investigations.spentSince(1, 2000)).toMatchObject({ turns: 6, tokens: 1400, usd: 0.5 });
  expect(database.investigations.spentSince(2, 0)).toEqual(NOTHING_SPENT);
});

test("investigations.spentSince() counts what was spent on incidents that were split off, and on the one they come from", () => {
  using database = withIncident();
  const by = { atMs: 900, actor: "monitor/a", reason: "Split off" } as const;
  const own = { ...by, title: "Other", beganAtMs: 0, tickets: [] };
  const child = database.incidents.split(1, own).id;
  const grandchild = database.incidents.split(child, own).id;
  for (const incident of [1, grandchild]) {
    const { id } = database.investigations.begin({ incident, engine: "x", atMs: 1000, case: GIVEN });
    database.investigations.end(id, { atMs: 1000, state: "failed", outcome: "", spent: SPENT });
  }

  const spent = [1, child, grandchild].map((id) => database.investigations.spentSince(id, 0).turns);

  expect(spent).toEqual([6, 6, 6]);
});

test("of an incident that is looked into again and again the first case and the newest are kept", () => {
  using database = withIncident();

  for (let atMs = 0; atMs < 30; atMs++) {
    const { id } = database.investigations.begin({ incident: 1, engine: "rules", atMs, case: { atMs } });
    database.investigations.end(id, { atMs, state: "concluded", outcome: "", spent: NOTHING_SPENT });
  }

  const all = database.investigations.list(1);
  const kept = all
    .filter(({ id }) => database.investigations.caseOf(id) !== undefined)
    .map(({ startedAtMs }) => startedAtMs);
  expect(all).toHaveLength(30);
  expect(kept).toEqual([0, ...Array.from({ length: 20 }, (_, index) => 10 + index)]);
  expect(database.investigations.steps(all[5]?.id ?? 0)).toEqual([]);
  expect(database.investigations.steps(all[29]?.id ?? 0)).toHaveLength(2);
});

test("investigations.prune() forgets cases and steps that are too old, of its instance only, and keeps what they came to", () => {
  using database = withIncident();
  const other = database.instances.ensure({ subject: "lamps", name: "attic" }).id;
  for (const atMs of [1000, 2000]) {
    const { id } = database.investigations.begin({ incident: 1, engine: "rules", atMs, case: GIVEN });
    database.investigations.end(id, { atMs, state: "concluded", outcome: "crash", spent: SPENT });
  }

  expect(database.investigations.prune(other, 5000)).toBe(0);
  expect(database.investigations.prune(1, 2000)).toBe(1);

  const [first, second] = database.investigations.list(1);
  expect(first).toMatchObject({ outcome: "crash", spent: SPENT });
  expect(database.investigations.caseOf(first?.id ?? 0)).toBeUndefined();
  expect(database.investigations.steps(first?.id ?? 0)).toEqual([]);
  expect(database.investigations.caseOf(second?.id ?? 0)).toMatchObject({ version: 1 });
});

test("feed.after() tells each step of the instance's own investigations once, in order", () => {
  using database = withIncident();
  const from = database.feed.end();

  const { id } = database.investigations.begin({ incident: 1, engine: "rules", atMs: 1000, case: GIVEN });
  database.investigations.addStep(id, 1001, { kind: "weighed", summary: "4 hypotheses", detail: null });
  const page = database.feed.after(1, from);

  expect(page.items).toMatchObject([
    { kind: "step", atMs: 1000, step: { kind: "began" }, investigation: { incident: 1, state: "running" } },
    { kind: "step", atMs: 1001, step: { kind: "weighed", summary: "4 hypotheses" } },
  ]);
  expect(database.feed.after(1, page.position).items).toEqual([]);
  expect(database.feed.after(2, from).items).toEqual([]);
});

function withIncident(): Database {
  const database = temporaryDatabase();
  database.instances.ensure({ subject: "lamps", name: "hall" });
  const by = { atMs: 900, actor: "monitor/a", reason: "Dark" } as const;
  database.incidents.open(1, { ...by, title: "Dark", beganAtMs: 800, tickets: [] });
  return database;
}
