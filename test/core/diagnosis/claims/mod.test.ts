import { expect, test } from "bun:test";
import {
  type Evidence,
  evaluateClaim,
  isPersistent,
  type Predicate,
  wordsOf,
} from "../../../../src/core/diagnosis/claims/mod.ts";
import type { Component } from "../../../../src/core/system/picture.ts";
import type { LookRecord } from "../../../../src/core/system/timeline.ts";

const DEAD = {
  state: "exited",
  address: "127.0.0.1:2",
  owner: "toy",
  exit: { atMs: 5, code: null, signal: "SIGKILL" },
} as const;

const EVIDENCE: Evidence = {
  now: look(60_000, [
    { id: "lamp/1", kind: "lamp", state: "up", startedAtMs: 5, configHash: "b", labels: { room: "hall" } },
    { id: "lamp/2", kind: "lamp", state: "down", probe: "refused", startedAtMs: 1, configHash: "a", process: DEAD },
    { id: "lamp/3", kind: "lamp", state: "unknown", clockOffsetMs: 7000 },
  ]),
  before: look(0, [
    { id: "lamp/1", kind: "lamp", state: "up", startedAtMs: 1, configHash: "a" },
    { id: "lamp/2", kind: "lamp", state: "up", startedAtMs: 1, configHash: "a" },
  ]),
  timeline: [
    { atMs: -10, event: "went-down", of: "lamp/1", summary: "lamp/1 went down long ago" },
    { atMs: 10, event: "went-down", of: "lamp/2", summary: "lamp/2 went down" },
    { atMs: 20, event: "violated", of: "lamp/2", invariant: "shines", summary: "It is dark" },
    { atMs: 20, event: "link-broke", of: "lamp/2", to: "mains/1", summary: "Link broke" },
  ],
  series: [
    {
      metric: "current_amperes",
      labels: { lamp: "1" },
      points: [1, 1, 2, 8, 9, 9].map((value, index) => ({ atMs: index * 10_000, value })),
    },
  ],
};

const level = {
  kind: "level",
  metric: "current_amperes",
  labels: { lamp: "1" },
  windowMs: 35_000,
  baselineFromMs: 0,
  baselineToMs: 20_000,
  comparison: "above",
  factor: 3,
} as const;
const wentDown = { event: "went-down", of: "lamp/2" } as const;
const dark = { event: "violated", of: "lamp/2", invariant: "shines" } as const;

const CASES: readonly (readonly [Predicate, "true" | "false" | "unknown", string])[] = [
  [state("lamp/2", "state", "down"), "true", 'lamp/2 state is "down"'],
  [state("lamp/1", "state", "down"), "false", 'lamp/1 state is "up"'],
  [state("lamp/3", "state", "down"), "unknown", 'lamp/3 state is "unknown"'],
  [state("lamp/3", "state", "unknown"), "true", 'lamp/3 state is "unknown"'],
  [state("lamp/9", "state", "down"), "unknown", "lamp/9 is not in the picture"],
  [state("lamp/1", "probe", "refused"), "unknown", "lamp/1 shows no probe"],
  [state("lamp/1", "labels.room", "hall"), "true", 'lamp/1 labels.room is "hall"'],
  [state("lamp/2", "process.state", "exited"), "true", 'lamp/2 process.state is "exited"'],
  [state("lamp/2", "process.exit.signal", "SIGTERM"), "false", 'lamp/2 process.exit.signal is "SIGKILL"'],
  [state("lamp/2", "process.pid", 7), "unknown", "lamp/2 shows no process.pid"],
  [state("lamp/1", "process.state", "exited"), "unknown", "lamp/1 shows no process.state"],
  [{ ...state("lamp/1", "configHash", "a"), comparison: "is-not" }, "true", 'lamp/1 configHash is "b"'],
  [{ ...state("lamp/3", "clockOffsetMs", 5000), comparison: "above" }, "true", "lamp/3 clockOffsetMs is 7000"],
  [{ ...state("lamp/3", "clockOffsetMs", 5000), comparison: "below" }, "false", "lamp/3 clockOffsetMs is 7000"],
  [{ ...state("lamp/1", "state", 1), comparison: "above" }, "false", 'lamp/1 state is "up"'],
  [{ kind: "link-broken", from: "lamp/2", to: "mains/1" }, "true", "link from lamp/2 to mains/1 is down"],
  [{ kind: "link-broken", from: "lamp/1", to: "mains/1" }, "false", "link from lamp/1 to mains/1 is up"],
  [{ kind: "link-broken", from: "lamp/3", to: "mains/1" }, "unknown", "link from lamp/3 to mains/1 is unknown"],
  [{ kind: "link-works", from: "lamp/2", to: "mains/1" }, "false", "link from lamp/2 to mains/1 is down"],
  [{ kind: "link-works", from: "lamp/1", to: "mains/1" }, "true", "link from lamp/1 to mains/1 is up"],
  [{ kind: "link-works", from: "lamp/3", to: "mains/1" }, "unknown", "link from lamp/3 to mains/1 is unknown"],
  [{ kind: "link-broken", from: "lamp/9", to: "mains/1" }, "unknown", "is not in the picture"],
  [verdict("lamp/2", "violated"), "true", "shines says violated of lamp/2: It is dark"],
  [verdict("lamp/2", "holds"), "false", "shines says violated of lamp/2"],
  [verdict("lamp/3", "violated"), "unknown", "shines says unknown of lamp/3"],
  [verdict("lamp/9", "violated"), "unknown", "shines says nothing of lamp/9"],
  [{ kind: "changed", component: "lamp/2", change: "went-down" }, "true", "lamp/2 went down at 1970-"],
  [{ kind: "changed", component: "lamp/1", change: "went-down" }, "false", 'state was "up", is "up"'],
  [{ kind: "changed", component: "lamp/1", change: "restarted" }, "true", "startedAtMs was 1, is 5"],
  [{ kind: "changed", component: "lamp/2", change: "reconfigured" }, "false", 'was "a", is "a"'],
  [{ kind: "changed", component: "lamp/2", change: "upgraded" }, "unknown", "shows no version"],
  [{ kind: "changed", component: "lamp/3", change: "restarted" }, "unknown", "not seen both before and now"],
  [{ kind: "order", earlier: wentDown, later: dark }, "true", "lamp/2 went down at"],
  [{ kind: "order", earlier: dark, later: wentDown }, "false", "It is dark at"],
  [
    { kind: "order", earlier: dark, later: { event: "link-broke", of: "lamp/2", to: "mains/1" } },
    "unknown",
    "Link broke",
  ],
  [{ kind: "order", earlier: wentDown, later: { event: "came-up", of: "lamp/2" } }, "unknown", "No came-up of lamp/2"],
  [level, "true", "median is 9, was 1 in the baseline"],
  [{ ...level, comparison: "below", factor: 1 }, "false", "median is 9"],
  [{ ...level, windowMs: 1 }, "unknown", "too few points"],
  [{ ...level, labels: { lamp: "2" } }, "unknown", "too few points"],
];

for (const [predicate, outcome, figure] of CASES) {
  test(`evaluateClaim() finds ${JSON.stringify(predicate)} ${outcome}`, () => {
    const evaluation = evaluateClaim(predicate, EVIDENCE);

    expect(evaluation.outcome).toBe(outcome);
    expect(evaluation.figure).toContain(figure);
  });
}

test("wordsOf() says what is claimed", () => {
  expect(
    [
      state("lamp/2", "state", "down"),
      { kind: "link-broken", from: "lamp/2", to: "mains/1" } as const,
      { kind: "link-works", from: "lamp/1", to: "mains/1" } as const,
      verdict("lamp/2", "violated"),
      { kind: "changed", component: "lamp/2", change: "restarted" } as const,
      { kind: "order", earlier: wentDown, later: dark } as const,
      level,
    ].map(wordsOf),
  ).toEqual([
    'lamp/2 state is "down"',
    "the link from lamp/2 to mains/1 is broken",
    "the link from lamp/1 to mains/1 works",
    "shines says violated of lamp/2",
    "lamp/2 restarted",
    "lamp/2 went-down before lamp/2 violated",
    'current_amperes {"lamp":"1"} is above 3 times its baseline',
  ]);
});

test("isPersistent() is true of what is wrong and lasts only", () => {
  const persistent = [state("lamp/2", "state", "down"), verdict("lamp/2", "violated"), level];
  const notStanding = [
    state("lamp/1", "state", "up"),
    verdict("lamp/1", "holds"),
    { kind: "changed", component: "lamp/2", change: "restarted" } as const,
    { kind: "order", earlier: wentDown, later: dark } as const,
  ];

  expect(persistent.map(isPersistent)).toEqual([true, true, true]);
  expect(notStanding.map(isPersistent)).toEqual([false, false, false, false]);
});

function look(atMs: number, components: readonly Component[]): LookRecord {
  const link = (from: Component["id"], state: Component["state"]) =>
    ({ from, to: "mains/1", kind: "wire", state }) as const;
  return {
    picture: {
      atMs,
      components,
      links: [link("lamp/1", "up"), link("lamp/2", "down"), link("lamp/3", "unknown")],
      series: [],
    },
    judgements: [
      { ...judged("lamp/2"), verdict: "violated", summary: "It is dark" },
      { ...judged("lamp/3"), verdict: "unknown", summary: "It was not seen" },
    ],
  };
}

function judged(entity: "lamp/2" | "lamp/3") {
  return { invariant: "shines", entity, on: entity, evidence: {} } as const;
}

function state(component: Component["id"], path: string, value: string | number) {
  return { kind: "state-is", component, path, comparison: "is", value } as const;
}

function verdict(entity: Component["id"], said: "holds" | "violated") {
  return { kind: "verdict-is", invariant: "shines", entity, verdict: said } as const;
}
