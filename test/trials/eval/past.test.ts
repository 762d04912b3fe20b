import { expect, test } from "bun:test";
import type { Database } from "../../../src/database/mod.ts";
import { sharedPast } from "../../../src/trials/eval/past.ts";
import { temporaryDatabase } from "../../monitor/scripted-session.ts";

const KIND = { name: "rate", unit: "1/s", kind: "gauge", signal: "traffic" } as const;
const LABELS = { component: "lamp/1" };
const NOW_MS = 10_000_000;

test("sharedPast() gives a new record what others have seen of the same traffic, at its own times", () => {
  using first = recorded([NOW_MS - 3000, NOW_MS - 2000, NOW_MS - 1000, NOW_MS]);
  using second = recorded([]);
  using third = recorded([]);
  const past = sharedPast();

  past.keep("steady", { database: first.database, instance: 1 }, { fromMs: NOW_MS - 2000, toMs: NOW_MS - 1000 });
  past.begin("steady", { database: second.database, instance: 1 });
  past.begin("bursts", { database: third.database, instance: 1 });

  expect(past.count("steady", NOW_MS)).toBe(2);
  expect(past.count("bursts", NOW_MS)).toBe(0);
  expect(pointsOf(second.database)).toEqual([
    { atMs: NOW_MS - 2000, value: NOW_MS - 2000 },
    { atMs: NOW_MS - 1000, value: NOW_MS - 1000 },
  ]);
  expect(pointsOf(third.database)).toEqual([]);
});

test("sharedPast() forgets what is too old to be in a case", () => {
  using record = recorded([NOW_MS, NOW_MS + 1_000_000]);
  const past = sharedPast();

  past.keep("steady", { database: record.database, instance: 1 }, { fromMs: NOW_MS, toMs: NOW_MS });
  expect(past.count("steady", NOW_MS)).toBe(1);
  expect(past.count("steady", NOW_MS + 1_000_000)).toBe(0);

  const later = { fromMs: NOW_MS + 1_000_000, toMs: NOW_MS + 1_000_000 };
  past.keep("steady", { database: record.database, instance: 1 }, later);
  expect(past.count("steady", NOW_MS)).toBe(1);
});

function recorded(times: readonly number[]): Disposable & { readonly database: Database } {
  const database = temporaryDatabase();
  database.instances.ensure({ subject: "toy", name: "toy" });
  database.pictures.describe(1, [KIND]);
  for (const atMs of times) database.samples.append(1, atMs, [{ metric: KIND.name, labels: LABELS, value: atMs }]);
  return { database, [Symbol.dispose]: () => database[Symbol.dispose]() };
}

function pointsOf({ samples }: Database) {
  const windows = samples.query(1, { metric: KIND.name, labels: LABELS, windowMs: NOW_MS, endMs: NOW_MS });
  return windows.flatMap(({ points }) => points);
}
