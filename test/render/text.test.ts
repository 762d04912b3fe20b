/** Pure state to lines: no terminal, no database. */

import { expect, test } from "bun:test";
import { stripVTControlCharacters } from "node:util";
import type { VerdictChange } from "../../src/database/mod.ts";
import { chartRows, sparkline } from "../../src/render/charts.ts";
import { type Dashboard, renderDashboard, withNews } from "../../src/render/dashboard.ts";
import { renderDiagnosis } from "../../src/render/diagnosis.ts";
import { renderLadder } from "../../src/render/ladder.ts";
import { type News, newsOf } from "../../src/render/news.ts";
import { tableLines } from "../../src/render/table.ts";
import { ageOf } from "../../src/render/time.ts";
import type { Chart } from "../../src/runtime/views/charts.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");

test("renderDashboard() shows what is violated before what is unknown, and counts the rest", () => {
  const track = (entity: `lamp/${number}`, verdict: "holds" | "violated" | "unknown") => {
    return {
      invariant: "lit",
      entity,
      verdict,
      verdictSinceMs: NOW_MS - 90_000,
      summary: `${entity}\u001B[2J is dark`,
    };
  };
  const standing: Dashboard["standing"] = {
    title: "lamps",
    checkup: { id: 1, instance: 1, atMs: NOW_MS, elapsedMs: 12, holds: 1, violated: 1, unknown: 1 },
    tracks: [track("lamp/1", "unknown"), track("lamp/2", "holds"), track("lamp/3", "violated")],
    severities: new Map(),
    incidents: [{ id: 3, state: "open", title: "It is dark" }],
    tickets: [{ id: 7, held: true, invariant: "lit", entity: "lamp/3" }],
    charts: [],
  };
  const dashboard = { title: "lamps", status: "watching every 5 s", standing };

  const lines = renderDashboard(dashboard, { nowMs: NOW_MS, colour: false, columns: 80 });

  expect(lines[0]).toBe("lamps  watching every 5 s");
  expect(lines[1]).toStartWith("  1 violated  1 unknown  1 hold  0 tickets open  checkup ");
  expect(lines.slice(2, 6)).toEqual([
    "  incident 3 open: It is dark",
    "  ticket 7 open, held: lit of lamp/3",
    "  violated  lit  lamp/3  1m30s    lamp/3 is dark",
    "  unknown   lit  lamp/1  1m30s    lamp/1 is dark",
  ]);
  const coloured = renderDashboard(dashboard, { nowMs: NOW_MS, colour: true, columns: 80 });
  expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual([...lines]);
});

test("renderDashboard() shows components, traffic and a hint where there are any, and nothing of a system not yet watched", () => {
  const tick = { elapsedMs: 1000, outcomes: { fine: 9 }, degraded: 0, p50Ms: 1, p99Ms: 2 };
  const traffic = [
    { ...tick, ratePerSecond: 10, failed: 0 },
    { ...tick, ratePerSecond: 10, failed: 10 },
  ];
  const components = [
    { id: "lamp/1", state: "up" },
    { id: "lamp/2", state: "down" },
  ] as const;
  const dashboard: Dashboard = { title: "Break", status: "", components, traffic, hint: "any key ends it" };

  expect(renderDashboard(dashboard, { nowMs: NOW_MS, colour: false, columns: 80 })).toEqual([
    "Break",
    "  ● lamp/1   ✕ lamp/2",
    "  1s  10/s  fine 9  failed 10  p50 1ms p99 2ms",
    "  █▁",
    "  any key ends it",
    "",
  ]);
});

test("withNews() keeps the newest verdicts, which do not push out tickets and incidents", () => {
  const news = (kind: string, atMs: number): News => ({ atMs, tone: "bad", text: `${kind} ${atMs}`, data: { kind } });
  const all = [news("ticket", 0), ...[1, 2, 3, 4, 5, 6].map((atMs) => news("verdict", atMs)), news("incident", 7)];

  const dashboard = all.reduce<Dashboard>(withNews, { title: "lamps", status: "" });

  expect(dashboard.news?.map(({ text }) => text)).toEqual([
    "ticket 0",
    "verdict 3",
    "verdict 4",
    "verdict 5",
    "verdict 6",
    "incident 7",
  ]);
});

test("newsOf() tells changes, and not that something new is well", () => {
  const change: VerdictChange = {
    id: 1,
    instance: 1,
    atMs: NOW_MS,
    invariant: "lit",
    entity: "lamp/1",
    on: "lamp/1",
    to: "holds",
    summary: "It shines",
    reason: "seen",
    figures: {},
  };

  expect(newsOf({ kind: "verdict", atMs: NOW_MS, change })).toBeUndefined();
  expect(newsOf({ kind: "verdict", atMs: NOW_MS, change: { ...change, from: "violated" } })).toMatchObject({
    text: "holds lit of lamp/1: It shines",
    data: { kind: "verdict", at: "2026-01-02T03:04:05.000Z", from: "violated", to: "holds" },
  });
});

test("chartRows() draws a counter as how fast it rises", () => {
  expect(chartRows([chartOf("counter", [0, 10, 20, 40, 5])])).toEqual([["lamp/1", "switches_total", "▅▅█▃", "5/s"]]);
  expect(chartRows([chartOf("gauge", [])])).toEqual([["lamp/1", "switches_total", " ", "-"]]);
});

test("chartRows() leaves a blank where a sample is missing, so that a column is the same time in every row", () => {
  const whole = chartOf("gauge", [1, 1, 1, 1, 1, 1]);
  const points = whole.window.points.filter((_, index) => index > 0 && index !== 3);
  const holed: Chart = { ...whole, window: { ...whole.window, points } };

  const shapes = chartRows([whole, holed]).map((cells) => cells[2]);

  expect(shapes).toEqual(["██████", " ██ ██"]);
});

test("chartRows() shows no figure of a series that is over", () => {
  const [whole, over] = [chartOf("gauge", [1, 1, 1, 1, 1, 1]), chartOf("gauge", [1])];

  expect(chartRows([whole, over]).map((cells) => cells.slice(2))).toEqual([
    ["██████", "1"],
    ["█     ", "-"],
  ]);
  expect(chartRows([whole], { nowMs: 8000 })[0]?.slice(2)).toEqual(["██████", "1"]);
  expect(chartRows([whole], { nowMs: 9000 })[0]?.slice(2)).toEqual(["██████    ", "-"]);
});

test("chartRows() squeezes many samples into few columns without losing a peak", () => {
  const values = Array.from({ length: 100 }, (_, index) => (index === 50 ? 100 : 0));

  const shape = chartRows([chartOf("gauge", values)])[0]?.[2] ?? "";

  expect(shape).toMatch(/^▁+█▁+$/);
  expect(shape.length).toBeLessThanOrEqual(40);
  const narrow = tableLines(chartRows([chartOf("gauge", values)], { columns: 50 }))[0] ?? "";
  expect(narrow).toMatch(/ {2}▁+█▁+ {2}0$/);
  expect(narrow.length).toBeLessThanOrEqual(50);
});

test("sparkline() scales from zero to the largest value", () => {
  expect(sparkline([0, 5, 10])).toBe("▁▅█");
  expect(sparkline([0, 0])).toBe("▁▁");
});

test("renderDiagnosis() marks what was struck, with what was claimed and what was found", () => {
  const predicate = { kind: "link-broken", from: "lamp/1", to: "socket/1" } as const;
  const lines = renderDiagnosis({
    engine: "rules",
    atMs: NOW_MS,
    observation: "Dark",
    timeline: [],
    cause: {
      component: "lamp/1",
      mechanism: "crash",
      summary: "It burst",
      verdict: "likely",
      claims: [
        { side: "for", predicate, outcome: "false", figure: "the link works", standing: false },
        { side: "for", predicate, outcome: "true", figure: "the link is down", standing: true },
      ],
    },
    affected: [],
    propagation: [],
    options: [],
    suggestions: [],
    confidence: 0.7,
    unknowns: ["who did it"],
  });

  expect(lines.slice(2)).toEqual([
    "  Dark",
    "  crash of lamp/1: likely. It burst",
    "    ✗ for: the link from lamp/1 to socket/1 is broken (struck out: the link works)",
    "    ✓ for: the link is down (must be gone once it is mended)",
    "  not known: who did it",
  ]);
});

test("renderLadder() says what runs, and that nothing does while everything is halted", () => {
  expect(renderLadder({ rung: "auto", upTo: "reversible" })).toContain("up to reversible actions run by themselves");
  expect(renderLadder({ rung: "approve" }, { atMs: NOW_MS, actor: "person/ada", reason: "Stop" })).toContain(
    "halted by person/ada",
  );
});

test("ageOf() grows coarser with time", () => {
  const ages = [400, 5000, 90_000, 3_725_000, 300_000_000].map((ms) => ageOf(NOW_MS - ms, NOW_MS));

  expect(ages).toEqual(["0s", "5s", "1m30s", "1h2m", "3d"]);
});

function chartOf(kind: "counter" | "gauge", values: readonly number[]): Chart {
  const points = values.map((value, index) => ({ atMs: index * 1000, value }));
  return {
    kind: { name: "switches_total", unit: "1", kind, signal: "traffic" },
    window: { metric: "switches_total", labels: { component: "lamp/1" }, points },
  };
}
