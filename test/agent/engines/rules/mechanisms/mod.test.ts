import { expect, test } from "bun:test";
import { MECHANISM_RULES } from "../../../../../src/agent/engines/rules/mechanisms/mod.ts";
import { MECHANISMS } from "../../../../../src/core/words/mechanism.ts";
import { diagnoseHall, type Figure, type Hall, rate, SKEWED } from "../halls.ts";

test("there is a rule for every mechanism", () => {
  expect(MECHANISM_RULES.map(({ id }) => id).toSorted()).toEqual([...MECHANISMS].toSorted());
});

const wait = (of: Figure["of"], was: number, is: number): Figure => ({
  of,
  signal: "network",
  unit: "seconds",
  was,
  is,
});
const waits = [wait("lamp/1", 0.01, 0.2), wait("lamp/2", 0.01, 0.2), wait("lamp/3", 0.01, 0.2)];
const slowLamps = [
  { symptom: "slow", on: "lamp/1" },
  { symptom: "slow", on: "lamp/2" },
] as const;

const FOUND: readonly (readonly [what: string, mechanism: string, component: string, hall: Hall])[] = [
  [
    "a component that refuses for want of memory",
    "resource-exhaustion",
    "mains/1",
    {
      wrong: [{ symptom: "unreachable", on: "mains/1", reason: "serves-none", word: "OOM" }],
      now: { "mains/1": { configHash: "small" } },
      before: { "mains/1": { configHash: "large" } },
    },
  ],
  [
    "a component whose inspection and log say that its disk is full",
    "resource-exhaustion",
    "mains/1",
    {
      wrong: [{ symptom: "errors", on: "lamp/1" }],
      inspected: [{ id: "refusal", component: "mains/1", atMs: 109_000, value: "write: No space left on device" }],
      logs: [
        {
          component: "mains/1",
          events: [
            { atMs: 99_000, component: "mains/1", level: "error", message: "ENOSPC: no space left", fields: {} },
          ],
        },
      ],
    },
  ],
  [
    "a component that fills up",
    "resource-exhaustion",
    "mains/1",
    {
      wrong: [{ symptom: "resource", on: "mains/1" }],
      figures: [{ of: "mains/1", signal: "memory", unit: "bytes", was: 1e6, is: 9e6 }],
    },
  ],
  [
    "a component with little left of what it has",
    "resource-exhaustion",
    "mains/1",
    {
      wrong: [{ symptom: "resource", on: "mains/1" }],
      figures: [{ of: "mains/1", signal: "node", unit: "ratio", was: 0.8, is: 0.1, name: "available_ratio" }],
    },
  ],
  [
    "a component whose own device is late",
    "slow-dependency",
    "lamp/2",
    {
      wrong: [{ symptom: "slow", on: "lamp/2" }],
      figures: [{ of: "lamp/2", signal: "io", unit: "seconds", was: 0.01, is: 0.4 }],
    },
  ],
  ["people who switch one of three lamps far more than before", "skewed-load", "people/all", SKEWED],
  [
    "a component without capacity left, of which no more is asked",
    "saturation",
    "lamp/2",
    {
      wrong: [{ symptom: "slow", on: "lamp/2" }],
      figures: [{ of: "lamp/2", signal: "cpu", unit: "ratio", was: 0.3, is: 0.97 }, rate("lamp/2", 100, 100)],
    },
  ],
  [
    "the one that waits alone",
    "slow-dependency",
    "lamp/2",
    {
      wrong: [{ symptom: "slow", on: "lamp/2" }],
      figures: [wait("lamp/1", 0.01, 0.01), wait("lamp/2", 0.01, 0.2), wait("lamp/3", 0.01, 0.01)],
    },
  ],
  [
    "the one that all wait for, and that is busy",
    "slow-dependency",
    "mains/1",
    {
      wrong: slowLamps,
      figures: [...waits, { of: "mains/1", signal: "cpu", unit: "seconds", was: 0.05, is: 0.8 }],
    },
  ],
  [
    "those who ask more than usual",
    "load-surge",
    "people/all",
    { wrong: slowLamps, figures: [rate("people/all", 300, 3000), rate("lamp/1", 100, 1000), ...waits] },
  ],
  [
    "those who ask for one thing",
    "skewed-load",
    "people/all",
    {
      wrong: [{ symptom: "load", on: "people/all", entity: "hall/1", reason: "skewed" }, ...slowLamps],
      figures: [
        rate("people/all", 300, 600),
        { of: "people/all", signal: "traffic", unit: "ratio", was: 0.1, is: 0.7 },
      ],
    },
  ],
  [
    "a component that was set otherwise as the trouble began",
    "configuration-change",
    "lamp/2",
    {
      wrong: [{ symptom: "configuration", on: "lamp/2", reason: "differs" }],
      now: { "lamp/2": { configHash: "bright" } },
      before: { "lamp/2": { configHash: "dim" } },
    },
  ],
  [
    "a component that differs from all others of its kind since before anybody looked",
    "configuration-change",
    "lamp/2",
    {
      wrong: [{ symptom: "configuration", on: "lamp/2", reason: "differs" }],
      before: {
        "lamp/1": { configHash: "dim" },
        "lamp/2": { configHash: "bright" },
        "lamp/3": { configHash: "dim" },
      },
    },
  ],
  [
    "a component in a mode that it was not in, and that is the reason",
    "configuration-change",
    "lamp/2",
    {
      wrong: [{ symptom: "unreachable", on: "lamp/2", reason: "dimmed" }],
      now: { "lamp/2": { labels: { dimmed: "true" } } },
      before: { "lamp/2": { labels: { dimmed: "false" } } },
    },
  ],
  [
    "a component whose clock is off",
    "clock-skew",
    "lamp/2",
    {
      wrong: [{ symptom: "clock", on: "lamp/2" }],
      now: { "lamp/2": { clockOffsetMs: -90_000 } },
      before: { "lamp/1": { clockOffsetMs: 2 }, "lamp/2": { clockOffsetMs: 0 } },
    },
  ],
  [
    "a component that restarted and gives wrong results",
    "state-loss",
    "mains/1",
    {
      wrong: [{ symptom: "wrong-result", on: "mains/1", entity: "hall/1" }],
      now: { "mains/1": { startedAtMs: 99_500 } },
      before: { "mains/1": { startedAtMs: 1000 } },
    },
  ],
  [
    "a component that has fewer entries and gives wrong results",
    "state-loss",
    "mains/1",
    {
      wrong: [{ symptom: "wrong-result", on: "mains/1", entity: "hall/1" }],
      figures: [
        { of: "mains/1", signal: "node", unit: "1", was: 1000, is: 3 },
        { of: "mains/1", signal: "error", unit: "1", was: 0, is: 900, name: "lost_total", kind: "counter" },
      ],
    },
  ],
  [
    "a component that somebody emptied, as its own counters say",
    "state-loss",
    "mains/1",
    {
      wrong: [{ symptom: "wrong-result", on: "mains/1", entity: "hall/1" }],
      inspected: [
        {
          id: "calls",
          component: "mains/1",
          atMs: 109_000,
          value: {},
          difference: { sinceMs: 90_000, changes: [{ path: "commands.cmd_flushall.calls", by: 3 }] },
        },
      ],
    },
  ],
  [
    "a replica that refuses writes with its own word",
    "configuration-change",
    "mains/1",
    {
      wrong: [{ symptom: "unreachable", on: "mains/1", reason: "serves-none", word: "READONLY" }],
      inspected: [
        {
          id: "errors",
          component: "mains/1",
          atMs: 109_000,
          value: {},
          difference: { sinceMs: 90_000, changes: [{ path: "errors.error_READONLY.count", by: 40 }] },
        },
      ],
    },
  ],
  [
    "a primary that has become a replica",
    "configuration-change",
    "mains/1",
    {
      wrong: [{ symptom: "unreachable", on: "mains/1", entity: "lamp/1", word: "READONLY" }],
      now: { "mains/1": { labels: { role: "replica" } } },
      before: { "mains/1": { labels: { role: "primary" } } },
    },
  ],
  [
    "a component that keeps entries without bounds",
    "state-loss",
    "mains/1",
    {
      wrong: [{ symptom: "resource", on: "mains/1", entity: "hall/1" }],
      figures: [{ of: "mains/1", signal: "memory", unit: "1", was: 1, is: 2 }],
    },
  ],
  [
    "a process that stops again and again, and answers in between",
    "hang",
    "lamp/2",
    {
      wrong: [{ symptom: "slow", on: "lamp/2", reason: "stalled" }],
      figures: [{ of: "lamp/2", signal: "latency", unit: "seconds", was: 0.01, is: 0.4 }, rate("lamp/2", 100, 100)],
    },
  ],
  [
    "a slow dependency that is busy with work of its own, while as much is asked as ever",
    "slow-dependency",
    "mains/1",
    {
      wrong: slowLamps,
      figures: [
        ...waits,
        { of: "mains/1", signal: "cpu", unit: "seconds", was: 0.05, is: 0.8 },
        rate("people/all", 300, 302),
        rate("mains/1", 100, 9000),
      ],
    },
  ],
  [
    "a member that nobody expects and that runs with settings of its own",
    "configuration-change",
    "lamp/3",
    {
      wrong: [
        { symptom: "identity", on: "lamp/3", reason: "unexpected" },
        { symptom: "configuration", on: "lamp/3", reason: "differs" },
      ],
      now: { "lamp/1": { configHash: "a" }, "lamp/2": { configHash: "a" }, "lamp/3": { configHash: "b" } },
    },
  ],
];

test.each(FOUND)("rules names %s", async (_what, mechanism, component, hall) => {
  const { cause } = await diagnoseHall(hall);

  expect(cause).toMatchObject({ component, mechanism, verdict: "confirmed" });
});

test("rules takes a change of configuration that nothing else speaks for to be no more than likely", async () => {
  const { cause } = await diagnoseHall({
    wrong: slowLamps,
    now: { "mains/1": { configHash: "new" } },
    before: { "mains/1": { configHash: "old" } },
  });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "configuration-change", verdict: "likely" });
});
