import { expect, test } from "bun:test";
import { historyOf } from "../../../src/agent/case/history.ts";
import type { Checkup } from "../../../src/core/subject/checkup.ts";
import type { RecordedEvent } from "../../../src/core/system/timeline.ts";
import type { Verdict } from "../../../src/core/words/verdict.ts";
import type { Database } from "../../../src/database/mod.ts";
import { temporaryDatabase } from "../../monitor/scripted-session.ts";

const BEGAN_MS = 1_000_000;
const JUST_BEFORE = BEGAN_MS - 1;

/** Verdicts of `answers lamp/1`, by when they came, in milliseconds before the incident began. */
type Told = readonly (readonly [beforeMs: number, from: Verdict, to: Verdict])[];

const CASES: readonly (readonly [what: string, told: Told, wellAtMs: number])[] = [
  ["just before it began, where nothing was wrong", [], JUST_BEFORE],
  ["before what had begun a second earlier", [[1000, "holds", "violated"]], BEGAN_MS - 1001],
  [
    "before the newest trouble only",
    [
      [90_000, "holds", "violated"],
      [60_000, "violated", "holds"],
      [1000, "holds", "violated"],
    ],
    BEGAN_MS - 1001,
  ],
  [
    "before what could not be judged in between",
    [
      [3000, "holds", "violated"],
      [2000, "violated", "unknown"],
    ],
    BEGAN_MS - 3001,
  ],
  ["just before it began, where what was wrong is over", [[2000, "violated", "holds"]], JUST_BEFORE],
  ["just before it began, where it was wrong for long", [[500_000, "holds", "violated"]], JUST_BEFORE],
  ["just before it began, where it never was well", [[1000, "violated", "unknown"]], JUST_BEFORE],
];

for (const [what, told, expected] of CASES) {
  test(`historyOf() takes as well what was so ${what}`, () => {
    using database = temporaryDatabase();

    const { wellAtMs } = history(database, told);

    expect(wellAtMs).toBe(expected);
  });
}

function history(database: Database, told: Told): ReturnType<typeof historyOf> {
  const { id: instance } = database.instances.ensure({ subject: "lamps", name: "hall" });
  const events = told.map(
    ([beforeMs, from, to]): RecordedEvent => ({
      atMs: BEGAN_MS - beforeMs,
      event: to === "unknown" ? "became-unknown" : to === "holds" ? "holds-again" : "violated",
      of: "lamp/1",
      invariant: "answers",
      summary: to,
      said: { on: "lamp/1", from, to, reason: "seen", figures: {} },
    }),
  );
  database.events.add(instance, database.events.prepare(events));
  const picture = { atMs: BEGAN_MS + 5000, components: [], links: [], series: [] };
  const topology = { components: [], links: [], groups: [] };
  const now: Checkup = {
    startedAtMs: BEGAN_MS + 5000,
    elapsedMs: 1,
    judgements: [],
    picture,
    topology,
    retired: [],
    sources: [],
    observation: {},
  };
  return historyOf({ instance, beganAtMs: BEGAN_MS, components: new Set(["lamp/1"]) }, now, database);
}
