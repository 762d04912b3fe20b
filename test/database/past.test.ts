/** Samples, pictures, verdicts and looks: how the past is kept and asked. */

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Component } from "../../src/core/picture.ts";
import { type Database, openDatabase, type Sample } from "../../src/database/mod.ts";
import { temporaryDatabase } from "../monitor/scripted-session.ts";

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

test("looks() tell what was seen and said whenever either changed", () => {
  using database = withInstance();
  const said = { instance: 1, invariant: "answers", entity: "node/1", on: "node/1", summary: "", figures: {} } as const;
  database.pictures.add(1, { atMs: 1000, components: [NODE], links: [], series: [] });
  database.verdicts.add({ ...said, atMs: 1000, to: "holds" });
  database.verdicts.add({ ...said, atMs: 3000, from: "holds", to: "violated" });
  database.pictures.add(1, { atMs: 4000, components: [{ ...NODE, state: "down" }], links: [], series: [] });

  const looks = database.looks(1, { fromMs: 2000, toMs: 5000 });

  expect(
    looks.map(({ picture, judgements }) => [picture.atMs, picture.components[0]?.state, judgements[0]?.verdict]),
  ).toEqual([
    [2000, "up", "holds"],
    [3000, "up", "violated"],
    [4000, "down", "violated"],
  ]);
});

test("looks() are none where nothing was seen yet", () => {
  using database = withInstance();

  expect(database.looks(1, { fromMs: 0, toMs: 1000 })).toEqual([]);
});

test("pictures.prune() and verdicts.prune() keep the last word", () => {
  using database = withInstance();
  const said = { instance: 1, invariant: "answers", entity: "node/1", on: "node/1", summary: "", figures: {} } as const;
  for (const atMs of [1000, 2000, 3000]) {
    database.pictures.add(1, { atMs, components: [], links: [], series: [] });
    database.verdicts.add({ ...said, atMs, to: atMs === 3000 ? "holds" : "violated" });
  }
  database.verdicts.add({ ...said, entity: "node/2", atMs: 1000, to: "unknown" });

  const pruned = [database.pictures.prune(1, 5000), database.verdicts.prune(1, 5000)];

  expect(pruned).toEqual([2, 3]);
  expect(database.pictures.at(1, 9000)?.atMs).toBe(3000);
  expect(database.verdicts.at(1, 9000).map(({ to }) => to)).toEqual(["holds"]);
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
  return database.evidence.freeze({
    instance: 1,
    atMs: 20_000,
    window,
    observation: { auth_token: "abc" },
    logs: [],
    series: [],
  });
}

function sample(metric: string, labels: Readonly<Record<string, string>>, value: number): Sample {
  return { metric, labels, value };
}
