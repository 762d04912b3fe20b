import { expect, test } from "bun:test";
import type { Case } from "../../../src/agent/case/case.ts";
import { findingsOf } from "../../../src/agent/case/findings.ts";
import type { LogEvent } from "../../../src/core/system/logs.ts";
import type { ComponentId } from "../../../src/core/words/ids.ts";
import { aCase, aTicket } from "../cases.ts";

const BEGAN_MS = 100_000;
const NOW_MS = 110_000;
const SEEN: ComponentId = "lamp/1";

test("findingsOf() ranks components by their series, callers after what they need, and tells when each series changed", () => {
  const { ranking, changes } = findingsOf(
    theCase({
      series: tableOf(
        row("lamp/1", "flicker_seconds", 5),
        row("mains/1", "hum_seconds", 6),
        row("lamp/2", "flicker_seconds", 1),
      ),
    }),
  );

  expect(ranking?.components.map(({ component }) => component)).toEqual(["mains/1", "lamp/1"]);
  expect(ranking?.onsetMs).toBe(BEGAN_MS - 2000);
  expect(changes).toMatchObject([
    { component: "lamp/1", metric: "flicker_seconds", atMs: BEGAN_MS - 2000, direction: "up", before: 1, after: 5 },
    { component: "mains/1", metric: "hum_seconds", atMs: BEGAN_MS - 2000 },
  ]);
});

test("findingsOf() reads a counter by its rate: one that goes on as before has not changed", () => {
  const steady = {
    ...row("lamp/1", "switched_total", 1),
    kind: "counter" as const,
    values: TIMES.map((at) => at / 100),
  };

  expect(findingsOf(theCase({ series: tableOf(steady) })).changes).toEqual([]);
});

test("findingsOf() leaves out what changed long before the incident", () => {
  const early = { ...row("lamp/1", "flicker_seconds", 1), values: TIMES.map((at) => (at < 20_000 ? 1 : 9)) };

  expect(findingsOf(theCase({ series: tableOf(early) })).changes).toEqual([]);
});

test("findingsOf() finds links that take much longer, and clocks that are off", () => {
  const link = { from: "lamp/1", to: "mains/1", kind: "wire", state: "up" } as const;
  const other = { ...link, from: "lamp/2" as const };
  const part = { id: "lamp/1", kind: "lamp", state: "up" } as const;

  const { slowLinks, clocks } = findingsOf(
    theCase({
      pictureBefore: {
        atMs: 1,
        components: [],
        links: [
          { ...link, latencyMs: 2 },
          { ...other, latencyMs: 2 },
        ],
        series: [],
      },
      picture: {
        atMs: NOW_MS,
        components: [
          { ...part, clockOffsetMs: -700 },
          { ...part, id: "lamp/2", clockOffsetMs: 20 },
        ],
        links: [
          { ...link, latencyMs: 80 },
          { ...other, latencyMs: 7 },
        ],
        series: [],
      },
    }),
  );

  expect(slowLinks).toEqual([{ from: "lamp/1", to: "mains/1", kind: "wire", beforeMs: 2, nowMs: 80 }]);
  expect(clocks).toEqual([{ component: "lamp/1", offsetMs: -700 }]);
});

test("findingsOf() tells what is new in a log and what is missing", () => {
  const hums = Array.from({ length: 20 }, (_, at) => lineOf(`Hum ${at}`, 40_000 + at * 1000));
  const trouble = [lineOf("Fuse 7 is hot", BEGAN_MS, "error"), lineOf("Fuse 9 is hot", NOW_MS, "error")];

  const { logs } = findingsOf(theCase({ logs: [{ component: SEEN, events: [...hums, ...trouble] }] }));

  expect(logs).toMatchObject([
    {
      component: SEEN,
      appeared: [{ level: "error", text: "Fuse <*> is hot", count: 2 }],
      vanished: [{ text: "Hum <*>" }],
    },
  ]);
});

test("findingsOf() tells restarts and changed settings around the beginning, none from long before", () => {
  const event = (name: "restarted" | "reconfigured" | "upgraded", atMs: number) => ({
    atMs,
    event: name,
    of: SEEN,
    summary: name,
  });

  const { restarts, settings } = findingsOf(
    theCase({
      events: [
        event("restarted", 1000),
        event("restarted", BEGAN_MS),
        event("reconfigured", 95_000),
        event("upgraded", 96_000),
      ],
    }),
  );

  expect([restarts.length, settings.map((one) => one.event)]).toEqual([1, ["reconfigured", "upgraded"]]);
});

test("findingsOf() puts the most alike past incident first, and leaves out those of another shape", () => {
  const past = [0.2, 0.5, 1].map((alikeRatio, id) => ({ id, title: "Dark", beganAtMs: id, alikeRatio }));

  expect(findingsOf(theCase({ past })).alike.map(({ alikeRatio }) => alikeRatio)).toEqual([1, 0.5]);
});

test("findingsOf() of an empty case finds nothing", () => {
  const { ranking, ...lists } = findingsOf(theCase({}));

  expect(ranking).toBeUndefined();
  expect(Object.values(lists)).toEqual(Object.values(lists).map(() => []));
});

const TIMES = Array.from({ length: 111 }, (_, at) => at * 1000);

function theCase(given: Partial<Case>): Case {
  return aCase({
    atMs: NOW_MS,
    incident: { id: 1, title: "Dark", beganAtMs: BEGAN_MS, openedAtMs: BEGAN_MS },
    tickets: [aTicket({ invariant: "shines", on: SEEN })],
    topology: {
      components: [],
      links: [
        { from: "lamp/1", to: "mains/1", kind: "wire" },
        { from: "lamp/2", to: "mains/1", kind: "wire" },
      ],
      groups: [],
    },
    ...given,
  });
}

type Row = Case["series"]["rows"][number];

function tableOf(...rows: readonly Row[]): Case["series"] {
  return { atMs: TIMES, rows };
}

/** A latency that grows two seconds before the first violation. */
function row(component: ComponentId, metric: string, factor: number): Row {
  const values = TIMES.map((at) => (at < BEGAN_MS - 2000 ? 1 : factor));
  return { metric, labels: { component }, unit: "seconds", kind: "gauge", signal: "latency", values };
}

function lineOf(message: string, atMs: number, level: LogEvent["level"] = "info"): LogEvent {
  return { atMs, component: SEEN, level, message, fields: {} };
}
