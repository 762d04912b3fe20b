/** Samples, pictures, events and evidence: how the past is kept and asked. */

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Component } from "../../src/core/system/picture.ts";
import { type Database, openDatabase, type Sample } from "../../src/database/mod.ts";
import { temporaryDatabase } from "../monitor/scripted-session.ts";
import { newTicket } from "./new-ticket.ts";

const NODE: Component = { id: "node/1", kind: "node", state: "up" };

test("samples.query() answers the series that fit, within the window, oldest first", () => {
  using database = withInstance();
  for (const atMs of [1000, 2000, 3000, 4000]) {
    database.samples.append(1, atMs, [sample("up", { node: "1", zone: "a" }, atMs), sample("up", { node: "2" }, 0)]);
  }

  const windows = database.samples.query(1, { metric: "up", labels: { node: "1" }, windowMs: 1000, endMs: 3000 });

  expect(windows).toEqual([
    {
      metric: "up",
      labels: { node: "1", zone: "a" },
      points: [
        { atMs: 2000, value: 2000 },
        { atMs: 3000, value: 3000 },
      ],
    },
  ]);
});

test("samples.query() takes now for the end where none is given", () => {
  using database = withInstance();
  database.samples.append(1, Date.now() - 1000, [sample("up", {}, 1)]);

  expect(database.samples.query(1, { metric: "up", windowMs: 60_000 })).toHaveLength(1);
});

test("samples.query() keeps two instances and two metrics apart", () => {
  using database = withInstance();
  const other = database.instances.ensure({ subject: "toy", name: "b" }).id;
  database.samples.append(1, 1000, [sample("up", {}, 1)]);
  database.samples.append(other, 1000, [sample("up", {}, 2), sample("load", {}, 3)]);

  const ask = (instance: number, metric: string) =>
    database.samples.query(instance, { metric, windowMs: 1000, endMs: 1000 }).flatMap(({ points }) => points);

  expect([ask(1, "up"), ask(other, "up"), ask(1, "load")].map((points) => points.map(({ value }) => value))).toEqual([
    [1],
    [2],
    [],
  ]);
});

test("samples.query() leaves out what is not a number, and keeps infinity", () => {
  using database = withInstance();
  database.samples.append(1, 1000, [sample("a", {}, Number.NaN), sample("b", {}, Number.POSITIVE_INFINITY)]);
  const ask = (metric: string) => database.samples.query(1, { metric, windowMs: 1000, endMs: 1000 });

  expect(ask("a")).toEqual([]);
  expect(ask("b")[0]?.points[0]?.value).toBe(Number.POSITIVE_INFINITY);
});

test("samples.append() agrees with another process on the numbers of series", () => {
  using database = withInstance();
  using other = openDatabase(database.path);
  database.samples.append(1, 1000, [sample("up", {}, 1)]);
  other.samples.append(1, 2000, [sample("up", {}, 2), sample("load", {}, 3)]);
  database.samples.append(1, 3000, [sample("load", {}, 4), sample("up", {}, 5)]);

  const ask = (metric: string) =>
    database.samples
      .query(1, { metric, windowMs: 1e6, endMs: 1e6 })
      .map(({ points }) => points.map(({ value }) => value));

  expect([ask("up"), ask("load")]).toEqual([[[1, 2, 5]], [[3, 4]]]);
});

test("samples.append() of nothing adds nothing", () => {
  using database = withInstance();

  database.samples.append(1, 1000, []);

  expect(database.samples.prune(1, { beforeMs: 1e9, evidenceBeforeMs: 1e9 })).toBe(0);
});

test("samples.query() answers what a plain list of all samples would, however the series change", () => {
  const label = fc.constantFrom("1", "2", "3");
  const entry = fc.record({ metric: fc.constantFrom("a", "b"), node: label, value: fc.integer() });
  const append = fc.uniqueArray(entry, { selector: ({ metric, node }) => `${metric} ${node}`, maxLength: 6 });
  const question = fc.record({
    metric: fc.constantFrom("a", "b"),
    node: fc.option(label, { nil: undefined }),
    windowMs: fc.integer({ min: 0, max: 8000 }),
    endMs: fc.integer({ min: 0, max: 12_000 }),
  });
  using database = temporaryDatabase();
  let run = 0;
  fc.assert(
    fc.property(fc.array(append, { maxLength: 10 }), question, (appends, { metric, node, windowMs, endMs }) => {
      const { id } = database.instances.ensure({ subject: "toy", name: `${run++}` });
      const all = appends.flatMap((entries, index) => entries.map((entry) => ({ ...entry, atMs: index * 1000 })));
      for (const [index, entries] of appends.entries()) {
        database.samples.append(
          id,
          index * 1000,
          entries.map(({ metric, node, value }) => sample(metric, { node }, value)),
        );
      }

      const labels = node === undefined ? {} : { node };
      const windows = database.samples.query(id, { metric, labels, windowMs, endMs });

      const flat = windows.flatMap(({ labels, points }) =>
        points.map((point) => `${labels["node"]} ${point.atMs} ${point.value}`),
      );
      const wanted = all.filter(
        (point) =>
          point.metric === metric &&
          (node === undefined || point.node === node) &&
          point.atMs >= endMs - windowMs &&
          point.atMs <= endMs,
      );
      expect(flat.toSorted()).toEqual(wanted.map((point) => `${point.node} ${point.atMs} ${point.value}`).toSorted());
      for (const { points } of windows) {
        expect(points).toEqual(points.toSorted((a, b) => a.atMs - b.atMs));
      }
    }),
    { numRuns: 60 },
  );
});

test("samples.prune() keeps the windows of frozen evidence for their own time, and gives unused shapes up", () => {
  using database = withInstance();
  for (let index = 0; index < 100; index++) {
    database.samples.append(1, index * 1000, [sample("up", { round: `${index}` }, index)]);
  }
  freeze(database, { fromMs: 10_000, toMs: 20_000 });

  const pruned = database.samples.prune(1, { beforeMs: 90_000, evidenceBeforeMs: 0 });
  const kept = database.samples.query(1, { metric: "up", windowMs: 1e6, endMs: 1e6 }).length;
  const later = database.samples.prune(1, { beforeMs: 90_000, evidenceBeforeMs: 1e9 });
  database.samples.append(1, 100_000, [sample("up", { round: "0" }, 5)]);

  expect([pruned, kept, later]).toEqual([79, 21, 11]);
  expect(database.samples.query(1, { metric: "up", labels: { round: "0" }, windowMs: 1e6, endMs: 1e6 })).toHaveLength(
    1,
  );
});

test("pictures.at() answers the structure in force", () => {
  using database = withInstance();
  addPicture(database, 1000, [NODE]);
  addPicture(database, 4000, [{ ...NODE, state: "down" }]);

  const states = [500, 1000, 3999, 4000, 9000].map((atMs) => database.pictures.at(1, atMs)?.components[0]?.state);

  expect(states).toEqual([undefined, "up", "up", "down", "down"]);
});

test("events.between() tells what happened, oldest first, as it was added", () => {
  using database = withInstance();
  const went = { atMs: 3000, event: "went-down", of: "node/1", summary: "It went down" } as const;
  const said = { on: "node/1", from: "holds", to: "violated", reason: "refused", figures: { tries: 3 } } as const;
  const violated = {
    atMs: 2000,
    event: "violated",
    of: "node/1",
    invariant: "answers",
    summary: "Refused",
    said,
  } as const;
  const link = { atMs: 2500, event: "link-broke", of: "node/1", to: "redis/main", summary: "It broke" } as const;

  database.events.add(1, database.events.prepare([went, violated, link]));

  const told = database.events.between(1, { fromMs: 2000, toMs: 3000 });
  expect(told).toMatchObject([violated, link, went]);
  expect(database.events.between(1, { fromMs: 2001, toMs: 2999 })).toMatchObject([link]);
});

test("events.prepare() takes secrets out before anything is written", () => {
  using database = withInstance();
  const said = { on: "node/1", to: "violated", reason: "refused", figures: { auth_token: "abc" } } as const;

  const prepared = database.events.prepare([
    { atMs: 1, event: "violated", of: "node/1", invariant: "answers", summary: "token=abc", said },
  ]);

  expect(JSON.stringify(prepared)).not.toContain("abc");
});

test("prune() forgets events, and pictures but for the one in force", () => {
  using database = withInstance();
  for (const atMs of [1000, 2000, 3000]) {
    addPicture(database, atMs, []);
    database.events.add(1, database.events.prepare([{ atMs, event: "went-down", of: "node/1", summary: "" }]));
  }

  const pruned = [database.pictures.prune(1, 5000), database.events.prune(1, 3000)];

  expect(pruned).toEqual([2, 2]);
  expect(database.pictures.at(1, 9000)?.atMs).toBe(3000);
  expect(database.events.between(1, { fromMs: 0, toMs: 9000 }).map(({ atMs }) => atMs)).toEqual([3000]);
});

test("evidence.prune() forgets what is older than its resolved tickets may be, and keeps that of open ones", () => {
  using database = withInstance();
  const [open, resolved] = [freeze(database, { fromMs: 0, toMs: 10 }), freeze(database, { fromMs: 0, toMs: 10 })];
  const ticket = (entity: "node/1" | "node/2", evidence: number) =>
    database.tickets.open(1, newTicket(entity, { evidence })).id;
  ticket("node/1", open);
  const done = ticket("node/2", resolved);
  database.tickets.change(done, "resolved", { atMs: 50, actor: "monitor/test", reason: "Holds" });

  expect(database.evidence.prune(1, 50)).toBe(0);
  expect(database.evidence.prune(1, 51)).toBe(1);

  expect(database.evidence.get(open)).toBeDefined();
  expect(database.evidence.get(resolved)).toBeUndefined();
  expect(database.tickets.get(done)?.evidence).toBeUndefined();
});

test("pictures.describe() remembers the kind of a series by its name", () => {
  using database = withInstance();
  const kind = { name: "load_ratio", unit: "ratio", kind: "gauge", signal: "cpu" } as const;

  database.pictures.describe(1, [kind]);

  expect([...database.pictures.kinds(1).values()]).toEqual([kind]);
});

test("evidence.get() answers what was frozen, and nothing for an id that is none", () => {
  using database = withInstance();
  const id = freeze(database, { fromMs: 0, toMs: 10 });

  expect(database.evidence.get(id)).toMatchObject({
    window: { fromMs: 0, toMs: 10 },
    observation: { auth_token: "[redacted]" },
  });
  expect(database.evidence.get(99)).toBeUndefined();
});

function withInstance(): Database {
  const database = temporaryDatabase();
  database.instances.ensure({ subject: "toy", name: "a" });
  return database;
}

function freeze(database: Database, window: { fromMs: number; toMs: number }): number {
  const observation = { auth_token: "abc" };
  const packed = database.evidence.pack({ instance: 1, atMs: 20_000, window, observation, logs: [], series: [] });
  return database.evidence.freeze(packed);
}

function addPicture(database: Database, atMs: number, components: readonly Component[]): void {
  database.pictures.add(1, database.pictures.pack({ atMs, components, links: [], series: [] }));
}

function sample(metric: string, labels: Readonly<Record<string, string>>, value: number): Sample {
  return { metric, labels, value };
}
