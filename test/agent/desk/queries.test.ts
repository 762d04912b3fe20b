/** What each query finds, on a case file; the live desk is asked the same ones in `live.test.ts`. */

import { expect, test } from "bun:test";
import * as v from "valibot";
import { evidenceOf } from "../../../src/agent/case/evidence.ts";
import { QUERIES } from "../../../src/agent/desk/queries/mod.ts";
import { Piece } from "../../../src/agent/desk/queries/read.ts";
import { shownOf } from "../../../src/agent/desk/shown.ts";
import { storedSources } from "../../../src/agent/desk/stored.ts";
import { parse } from "../../../src/core/text/parse.ts";
import { aCase, aTicket, storedDesk } from "../cases.ts";

const TIMES = Array.from({ length: 100 }, (_, index) => index * 1000);
const BEGAN_MS = 90_000;
const { signal } = new AbortController();

const CASE = aCase({
  atMs: 99_000,
  incident: { id: 1, title: "Dark", beganAtMs: BEGAN_MS, openedAtMs: 95_000 },
  tickets: [aTicket({ invariant: "shines", on: "lamp/1" }), aTicket({ id: 2, invariant: "shines", on: "lamp/2" })],
  topology: {
    components: [{ id: "lamp/1", kind: "lamp" }],
    links: [],
    groups: [{ id: "group/hall", members: ["lamp/1"], minimumUp: 1 }],
  },
  picture: {
    atMs: 99_000,
    components: [
      { id: "lamp/1", kind: "lamp", state: "up", version: "2" },
      { id: "lamp/2", kind: "lamp", state: "down" },
    ],
    links: [{ from: "lamp/1", to: "lamp/2", kind: "wire", state: "down" }],
    series: [{ name: "heat_celsius", component: "lamp/1", unit: "celsius", kind: "gauge", signal: "node", value: 80 }],
  },
  judgements: [judged("lamp/1", "holds"), judged("lamp/2", "violated")],
  events: [
    { atMs: 88_000, event: "reconfigured", of: "lamp/1", summary: "lamp/1 changed its configuration" },
    { atMs: BEGAN_MS, event: "went-down", of: "lamp/2", summary: "lamp/2 went down" },
  ],
  series: {
    atMs: TIMES,
    rows: [
      row("heat_celsius", "lamp/1", "gauge", (time) => (time < BEGAN_MS ? 20 : 80)),
      row("heat_celsius", "lamp/2", "gauge", () => 20),
      row("switched_total", "lamp/1", "counter", (time) => time / 100),
    ],
  },
  changes: [{ atMs: 87_000, component: "lamp/1", summary: "action-succeeded: dimmed", by: "person/ada" }],
  logs: [
    {
      component: "lamp/1",
      events: [
        { atMs: 89_000, component: "lamp/1", level: "info", message: "Warm", fields: {} },
        { atMs: 91_000, component: "lamp/1", level: "error", message: "Too HOT", fields: { celsius: "80" } },
      ],
    },
    {
      component: "lamp/2",
      events: [{ atMs: 90_000, component: "lamp/2", level: "warn", message: "Dark", fields: {} }],
    },
  ],
  inspections: [
    {
      id: "config",
      component: "lamp/1",
      atMs: 95_000,
      value: { watts: 60 },
      difference: { sinceMs: 5000, changes: [{ path: "watts", was: 40, is: 60 }] },
    },
  ],
  past: [
    {
      id: 7,
      title: "Dark before",
      beganAtMs: 1,
      outcome: "person",
      cause: { component: "lamp/2", mechanism: "crash", summary: "Out" },
    },
    { id: 6, title: "Something else", beganAtMs: 0 },
  ],
});

test("components shows each part with its links, groups, figures and inspections, and whether it should be there", async () => {
  const value = await ask("components", {});

  expect(value).toMatchObject([
    {
      id: "lamp/1",
      isExpected: true,
      groups: [{ id: "group/hall" }],
      links: [{ to: "lamp/2", state: "down" }],
      series: [{ name: "heat_celsius", value: 80 }],
      inspections: [{ id: "config" }],
    },
    { id: "lamp/2", isExpected: false, links: [{ from: "lamp/1" }] },
  ]);
  expect(await ask("components", { component: "lamp/2" })).toHaveLength(1);
});

test("verdicts are filtered by component, invariant and verdict", async () => {
  expect(await ask("verdicts", { verdict: "violated" })).toMatchObject([{ entity: "lamp/2", reason: "dark" }]);
  expect(await ask("verdicts", { component: "lamp/1" })).toMatchObject([{ entity: "lamp/1" }]);
  expect(await ask("verdicts", { invariant: "buzzes" })).toEqual([]);
});

test("series shows figures with clock times, thinned, and hands claims every point", async () => {
  const desk = storedDesk(CASE);

  const { value } = await desk.ask("series", { metric: "heat", component: "lamp/1", to: 99_000 }, signal);

  expect(value).toMatchObject([
    { metric: "heat_celsius", unit: "celsius", count: 100, lowest: 20, highest: 80, median: 20, newest: 80 },
  ]);
  const [{ points } = { points: [] }] = v.parse(v.array(v.object({ points: v.array(v.unknown()) })), value);
  expect(points.length).toBeLessThanOrEqual(60);
  expect(points.at(-1)).toEqual(["1970-01-01T00:01:39.000Z", 80]);
  expect(desk.evidence().series.filter(({ metric }) => metric === "heat_celsius")).toHaveLength(2);
});

test("series within a window shows only that", async () => {
  const window = { from: "1970-01-01T00:00:10Z", to: "1970-01-01T00:00:19Z" };

  expect(await ask("series", { component: "lamp/2", ...window })).toMatchObject([{ count: 10 }]);
});

test("compare puts first what moved most, with both medians, the spread and both counts; a steady counter has not moved", async () => {
  expect(await ask("compare", {})).toMatchObject([
    {
      metric: "heat_celsius",
      labels: { component: "lamp/1" },
      before: { median: 20, spread: 0, count: 60 },
      after: { median: 80, count: 5 },
    },
    { moved: 0 },
    { moved: 0 },
  ]);
});

test("logs are filtered by time, level and text", async () => {
  expect(await ask("logs", { component: "lamp/1" })).toHaveLength(2);
  expect(await ask("logs", { component: "lamp/1", from: BEGAN_MS })).toMatchObject([{ message: "Too HOT" }]);
  expect(await ask("logs", { component: "lamp/1", atLeast: "warn" })).toMatchObject([{ fields: { celsius: "80" } }]);
  expect(await ask("logs", { component: "lamp/1", contains: "hot" })).toHaveLength(1);
});

test("logs of all components come in the order in which they were written, each with its component", async () => {
  const value = await ask("logs", {});

  expect(value).toMatchObject([
    { component: "lamp/1", message: "Warm" },
    { component: "lamp/2", message: "Dark" },
    { component: "lamp/1", message: "Too HOT" },
  ]);
  await expect(ask("logs", { component: "lamp/3" })).rejects.toThrow("The case holds no log of lamp/3");
});

test("metrics names what is on record, and series reads by its whole name what is in no picture", async () => {
  const points = [{ atMs: 98_000, value: 7 }];
  const found = { metric: "hum_hertz", labels: { component: "lamp/1" }, points };
  const evidence = { ...evidenceOf(CASE), series: [...evidenceOf(CASE).series, found] };
  const desk = storedDesk(CASE, { sources: storedSources(CASE, evidence) });

  const names = await desk.ask("metrics", { contains: "H" }, signal);
  const byName = await desk.ask("series", { metric: "hum_hertz" }, signal);
  const ofOther = await desk.ask("series", { metric: "hum_hertz", component: "lamp/2" }, signal);

  expect(names.value).toEqual([
    { metric: "heat_celsius", count: 2 },
    { metric: "switched_total", count: 1 },
    { metric: "hum_hertz", count: 1 },
  ]);
  expect(byName).toMatchObject({ summary: expect.stringContaining("1 of 1 series"), value: [{ newest: 7 }] });
  expect(ofOther.value).toEqual([]);
  expect(desk.evidence().series.map(({ metric }) => metric)).toContain("hum_hertz");
});

test("inspect shows what was frozen, with what is other than when all was well", async () => {
  expect(await ask("inspect", { component: "lamp/1", inspection: "config", frozen: true })).toMatchObject({
    value: { watts: 60 },
    difference: { changes: [{ path: "watts", was: 40, is: 60 }] },
  });
});

test("changes says in order what happened and who did what, and which settings differ", async () => {
  const value = await ask("changes", { component: "lamp/1" });

  expect(value).toMatchObject({
    events: [
      { what: "done", by: "person/ada" },
      { what: "reconfigured", at: "1970-01-01T00:01:28.000Z" },
    ],
    differences: [{ inspection: "config", changes: [{ path: "watts" }] }],
  });
});

test("history shows the tickets and what was found in past incidents", async () => {
  const all = await ask("history", {});
  const ofOne = await ask("history", { component: "lamp/2" });

  expect(all).toMatchObject({ tickets: [{ id: 1 }, { id: 2 }], past: [{ id: 7 }, { id: 6 }] });
  expect(ofOne).toMatchObject({ tickets: [{ id: 2 }], past: [{ id: 7, cause: { mechanism: "crash" } }] });
});

test("read pages through a finding that is too large to be shown at once", async () => {
  const desk = storedDesk(CASE);
  const finding = await desk.ask("series", {}, signal);
  const first = shownOf(finding, 0, 500);

  const { value, summary } = await desk.ask("read", { evidence: finding.id, from: first.next ?? 0 }, signal);

  expect(first.text.length).toBeLessThanOrEqual(500);
  const { text: lines } = v.parse(Piece, value);
  expect(
    JSON.stringify(finding.value, null, 1)
      .split("\n")
      .slice(first.next, (first.next ?? 0) + lines.length),
  ).toEqual(lines);
  expect(summary).toStartWith(`lines ${first.next} to `);
  await expect(desk.ask("read", { evidence: "e99" }, signal)).rejects.toThrow('Cannot read "e99"');
});

test("shownOf() gets beyond a single line that is longer than a piece", () => {
  const finding = { value: ["x".repeat(1000), "y"] };

  const piece = shownOf(finding, 1, 100);

  expect(piece.text).toHaveLength(100);
  expect(piece.next).toBe(2);
  expect(shownOf(finding, 2, 100)).toEqual({ text: ' "y"\n]', lines: 4 });
});

test("every query has a name of its own, a description, and takes no input that it does not declare well", async () => {
  expect(new Set(QUERIES.map(({ name }) => name)).size).toBe(QUERIES.length);
  for (const { name, description, input } of QUERIES) {
    expect(description).toEndWith(".");
    expect(() => parse(input, "text", name)).toThrow();
  }
});

async function ask(query: string, input: unknown): Promise<unknown> {
  return (await storedDesk(CASE).ask(query, input, signal)).value;
}

function judged(entity: `lamp/${number}`, verdict: "holds" | "violated") {
  return { invariant: "shines", entity, on: entity, verdict, reason: "dark", summary: "", evidence: {}, readAtMs: 0 };
}

function row(metric: string, component: string, kind: "gauge" | "counter", valueAt: (time: number) => number) {
  const unit = metric.split("_").at(-1) ?? "";
  return { metric, labels: { component }, unit, kind, signal: "node" as const, values: TIMES.map(valueAt) };
}
