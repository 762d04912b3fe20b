import { expect, test } from "bun:test";
import { grown } from "../../../src/agent/desk/grow.ts";
import { type Evidence, evaluateClaim } from "../../../src/core/diagnosis/claims/mod.ts";
import type { Checkup } from "../../../src/core/subject/checkup.ts";

const LABELS = { component: "lamp/1" };
const BEFORE: Evidence = {
  now: {
    picture: { atMs: 50, components: [{ id: "lamp/1", kind: "lamp", state: "up" }], links: [], series: [] },
    judgements: [],
  },
  timeline: [],
  series: [{ metric: "heat", labels: LABELS, points: [{ atMs: 1, value: 10 }] }],
  logs: [{ component: "lamp/1", events: [line(10, "Started")] }],
};

test("grown() adds the points of a series to those that are known, in order, each once", () => {
  const added = {
    metric: "heat",
    labels: LABELS,
    points: [
      { atMs: 0, value: 9 },
      { atMs: 1, value: 10 },
    ],
  };

  const { series } = grown(BEFORE, { series: [added, { ...added, metric: "light" }] });

  expect(series.map(({ metric, points }) => [metric, points.map(({ atMs }) => atMs)])).toEqual([
    ["heat", [0, 1]],
    ["light", [0, 1]],
  ]);
});

test("grown() lets be claimed what a log or an inspection has shown, and takes no line twice", () => {
  const logs = [line(10, "Started"), line(20, "Too hot"), line(5, "Booted")];
  const inspected = [{ id: "config", component: "lamp/1", atMs: 30, value: { watts: 60 } } as const];

  const evidence = grown(BEFORE, { logs, inspected });

  expect(evidence.logs?.[0]?.events.map(({ atMs }) => atMs)).toEqual([5, 10, 20]);
  const of = { component: "lamp/1" } as const;
  const claims = [
    { kind: "logged", ...of, contains: "too hot", sinceMs: 0, count: 1 },
    { kind: "inspected", ...of, inspection: "config", path: "watts", comparison: "is", value: 60 },
  ] as const;
  expect(claims.map((claim) => evaluateClaim(claim, evidence).outcome)).toEqual(["true", "true"]);
  expect(evaluateClaim(claims[0], BEFORE).outcome).not.toBe("true");
});

test("grown() takes a fresh look for what is so now, and tells what has changed", () => {
  const picture = {
    ...BEFORE.now.picture,
    atMs: 60,
    components: [{ id: "lamp/1", kind: "lamp", state: "down" }],
  } as const;
  const look: Checkup = {
    startedAtMs: 60,
    elapsedMs: 1,
    judgements: [],
    picture,
    topology: { components: [], links: [], groups: [] },
    retired: [],
    sources: [],
    observation: {},
  };

  const { now, timeline } = grown(BEFORE, { look });

  expect(now.picture).toBe(picture);
  expect(timeline).toMatchObject([{ event: "went-down", of: "lamp/1", atMs: 60 }]);
});

function line(atMs: number, message: string) {
  return { atMs, component: "lamp/1", level: "info", message, fields: {} } as const;
}
