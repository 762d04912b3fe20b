import { expect, test } from "bun:test";
import { stripVTControlCharacters } from "node:util";
import { type Dashboard, renderDashboard, withNews } from "../../../src/render/live/dashboard.ts";
import type { News } from "../../../src/render/live/news.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");

test("renderDashboard() shows what is violated before what is unknown, and counts the rest", () => {
  const entityState = (entity: `lamp/${number}`, verdict: "holds" | "violated" | "unknown") => {
    return {
      invariant: "lit",
      entity,
      verdict,
      verdictSinceMs: NOW_MS - 90_000,
      summary: `${entity}\u001B[2J is dark`,
    };
  };
  const view: Dashboard["view"] = {
    title: "lamps",
    checkup: { id: 1, instance: 1, atMs: NOW_MS, elapsedMs: 12, holds: 1, violated: 1, unknown: 1 },
    entityStates: [entityState("lamp/1", "unknown"), entityState("lamp/2", "holds"), entityState("lamp/3", "violated")],
    severities: new Map(),
    incidents: [{ id: 3, state: "open", title: "It is dark" }],
    tickets: [
      { id: 7, held: true, invariant: "lit", on: "lamp/3", affected: 3, problem: { reason: "dark", summary: "Dark" } },
    ],
    safety: { ladder: { rung: "observe" } },
    actions: [],
    charts: [],
  };
  const dashboard = { title: "lamps", status: "watching every 5 s", view };

  const lines = renderDashboard(dashboard, { nowMs: NOW_MS, colour: false, columns: 80 });

  expect(lines[0]).toBe("lamps  watching every 5 s");
  expect(lines[1]).toStartWith("  1 violated  1 unknown  1 hold  1 ticket open  checkup ");
  expect(lines.slice(2, 7)).toEqual([
    "  actions at observe: nothing runs by itself",
    "  incident 3 open: It is dark",
    "  ticket 7 open, held: lit of lamp/3: Dark (and 2 more)",
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
