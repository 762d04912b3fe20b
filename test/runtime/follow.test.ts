import { expect, test } from "bun:test";
import { systemClock } from "../../src/io/clock.ts";
import { type FollowEvent, followAll } from "../../src/runtime/follow.ts";
import { scratchDatabase } from "../../src/runtime/scratch-database.ts";
import type { SubjectSelection } from "../../src/runtime/subjects/resolve-subject.ts";
import { Endpoints } from "../toy/endpoints.ts";
import { toy } from "../toy/subject/mod.ts";
import { until } from "../until.ts";

test("followAll() waits for a subject that is nowhere, works where it is, and goes with it elsewhere", async () => {
  await using first = new Endpoints(1);
  await using second = new Endpoints(2);
  using scratch = scratchDatabase();
  const ending = new AbortController();
  const endpoints = new Map<string, { value: unknown; origin: string }>();
  const settings = { endpoints, graceMs: new Map(), thresholds: new Map() };
  const wanted: SubjectSelection = { subject: toy, home: "/nowhere", settings, byEndpoint: true };
  const events: FollowEvent[] = [];
  const worked: number[] = [];
  const following = followAll(
    [wanted],
    {
      database: scratch.database,
      intervalMs: 1000,
      lookEveryMs: 20,
      onEvent: (event) => events.push(event),
      async work({ session }, signal) {
        worked.push(session.topology().components.length);
        await systemClock.sleep(60_000, signal).catch(() => undefined);
      },
    },
    ending.signal,
  );

  await until(() => events.length === 1);
  endpoints.set("endpoints", { value: first.config.endpoints, origin: "a test" });
  await until(() => worked.length === 1);
  endpoints.set("endpoints", { value: second.config.endpoints, origin: "a test" });
  await until(() => worked.length === 2);
  ending.abort();
  await following;

  expect(events.map(({ kind }) => kind)).toEqual(["nowhere", "moved"]);
  expect(worked).toEqual([1, 2]);
}, 120_000);
