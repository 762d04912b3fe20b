import { describe, expect, test } from "bun:test";
import type { NodeMetrics } from "../../../../src/subjects/ratelimiter/client/node-metrics.ts";
import { judge, said, unread, verdicts } from "../judge.ts";
import { HEALTH, NO_METRICS, node, observation, read, SILENT } from "../observations.ts";

const FAST = { p50Seconds: 0.001, p99Seconds: 0.004, count: 500 };
const DEAD = { failed: "no complete answer: ECONNREFUSED", outcome: "refused" } as const;

describe("node-reachable", () => {
  test("holds of every node that answers", () => {
    expect(verdicts(judge("node-reachable", observation()))).toEqual({
      "node/1": "holds",
      "node/2": "holds",
      "node/3": "holds",
    });
  });

  test.each([
    ["refused", node("2", { health: DEAD }), { probe: "refused" }],
    ["unexpected answer", node("2", { health: { ...DEAD, outcome: "foreign-answer" } }), { probe: "foreign-answer" }],
    ["no answer in time", node("2", { health: SILENT }), { probe: "timed-out" }],
    ["is draining", node("2", { health: read({ ...HEALTH, draining: true }) }), { draining: true }],
  ])("is violated by a node that %s", (words, two, evidence) => {
    const judgement = said(judge("node-reachable", observation({ nodes: [node("1"), two] })), "node/2");

    expect(judgement).toMatchObject({ verdict: "violated", on: "node/2", evidence });
    expect(judgement.summary).toContain(words);
  });

  test("holds of a node that drains because it is meant to", () => {
    const drained = node("2", { drained: true, health: read({ ...HEALTH, draining: true }) });

    expect(verdicts(judge("node-reachable", observation({ nodes: [drained] })))).toEqual({ "node/2": "holds" });
  });
});

describe("latency-p99", () => {
  const metrics = (checks: NodeMetrics["checks"], waitSeconds = 0): NodeMetrics => ({
    ...NO_METRICS,
    checks,
    arrivalWaits: { p50Seconds: 0, p99Seconds: waitSeconds, count: 8000 },
  });
  const nodes = [node("1")];

  test.each([
    ["fast checks", FAST, 0, "holds", "fast"],
    ["no checks", { count: 0 }, 0, "unknown", "no-traffic"],
    ["no checks of a node that stalls", { count: 0 }, 0.3, "unknown", "no-traffic"],
    ["slow checks", { ...FAST, p99Seconds: 0.09 }, 0, "violated", "slow"],
    ["checks that are all slow", { p50Seconds: 0.06, p99Seconds: 0.09, count: 500 }, 0.02, "violated", "slow"],
    ["few slow checks", { ...FAST, p99Seconds: 0.09, count: 3 }, 0, "unknown", "too-few"],
    ["checks that wait for long", FAST, 0.24, "violated", "late-start"],
    ["a single check that may have waited for long", { ...FAST, count: 1 }, 0.24, "violated", "late-start"],
    ["checks that wait a little", FAST, 0.04, "holds", "fast"],
    ["no past", undefined, 0, "unknown", "no-metrics"],
  ] as const)("of %s", (_what, checks, waitSeconds, verdict, reason) => {
    const judgements = judge("latency-p99", observation({ nodes, metrics: read([metrics(checks, waitSeconds)]) }));

    expect(said(judgements, "node/1")).toMatchObject({ verdict, reason });
  });

  test("tells the figure that clients see, and what it is made of", () => {
    const judgement = said(
      judge("latency-p99", observation({ nodes, metrics: read([metrics(FAST, 0.24)]) })),
      "node/1",
    );

    expect(judgement.summary).toBe(
      "node/1: p99 latency 241.0 ms (threshold 50 ms), most of it before the node reads the request",
    );
    expect(judgement.evidence).toEqual({
      p99Ms: 241,
      handlerP50Ms: 1,
      handlerP99Ms: 4,
      waitP99Ms: 240,
      checkCount: 500,
      limitMs: 50,
    });
  });

  test("does not know without metrics, nor of a node that does not answer", () => {
    const silent = [node("1", { health: SILENT })];
    const known = read([metrics(FAST)]);

    expect(unread("latency-p99", observation({ nodes, metrics: SILENT }))).toBe(SILENT.failed);
    expect(verdicts(judge("latency-p99", observation({ nodes: silent, metrics: known })))).toEqual({
      "node/1": "unknown",
    });
  });
});

describe("node-stalled", () => {
  const nodes = [node("1")];

  test.each([
    [0, "holds", "runs"],
    [0.05, "holds", "runs"],
    [0.1, "violated", "stalled"],
    [1, "violated", "stalled"],
    [undefined, "unknown", "no-metrics"],
  ] as const)("of a node that stalls for a share of %p of the time", (stalledRatio, verdict, reason) => {
    const metrics = read([{ ...NO_METRICS, stalledRatio }]);

    expect(said(judge("node-stalled", observation({ nodes, metrics })), "node/1")).toMatchObject({ verdict, reason });
  });

  test("tells the share, also where nobody asks the node", () => {
    const stalling = { ...NO_METRICS, stalledRatio: 0.5, arrivalWaits: { p99Seconds: 0.24, count: 8000 } };

    const judgement = said(judge("node-stalled", observation({ nodes, metrics: read([stalling]) })), "node/1");

    expect(judgement).toMatchObject({
      summary: "node/1: stalled 50 % of the time (threshold 5 %)",
      evidence: { stalledRatio: 0.5, mostRatio: 0.05, waitP99Ms: 240 },
    });
  });

  test("does not know of a node that does not answer", () => {
    const metrics = read([{ ...NO_METRICS, stalledRatio: 1 }]);
    const silent = [node("1", { health: SILENT })];

    expect(said(judge("node-stalled", observation({ nodes: silent, metrics })), "node/1")).toMatchObject({
      verdict: "unknown",
      reason: "node-silent",
    });
  });
});

describe("clock-agreement", () => {
  const register = (clockOffsetMs: number) =>
    read({ rows: [{ id: "1", heartbeatAgeMs: 300, clockOffsetMs }], unreadable: 0 });
  const nodes = [node("1")];

  test.each([
    [3, "holds"],
    [-999, "holds"],
    [120_000, "violated"],
    [-5000, "violated"],
  ] as const)("of a clock that is off by %d ms", (offsetMs, verdict) => {
    const judgements = judge("clock-agreement", observation({ nodes, register: register(offsetMs) }));

    expect(said(judgements, "node/1")).toMatchObject({ verdict, evidence: { offsetMs } });
  });

  test("does not know without a register, nor of a node that is not in it, where it tells no time", () => {
    const silent = judge("clock-agreement", observation({ nodes, register: SILENT }));
    const absent = judge("clock-agreement", observation({ nodes, register: read({ rows: [], unreadable: 0 }) }));

    expect(silent).toMatchObject([{ entity: "node/1", verdict: "unknown", reason: "register-unread" }]);
    expect(absent).toMatchObject([{ entity: "node/1", verdict: "unknown", reason: "not-registered" }]);
  });

  test("compares the times that nodes tell the observer where Redis does not answer", () => {
    const told = [20, 120_000, -30].map((clockAheadMs, index) => node(`${index + 1}`, { clockAheadMs }));
    const judgements = judge("clock-agreement", observation({ nodes: told, register: SILENT }));

    expect((["node/1", "node/2", "node/3"] as const).map((id) => said(judgements, id).verdict)).toEqual([
      "holds",
      "violated",
      "holds",
    ]);
    expect(said(judgements, "node/2").summary).toBe("node/2: clock 119990 ms ahead of the others (threshold 1000 ms)");
  });

  test("blames no node where the clock of the observer is off", () => {
    const told = ["1", "2", "3"].map((id) => node(id, { clockAheadMs: 60_000 }));
    const judgements = judge("clock-agreement", observation({ nodes: told, register: SILENT }));

    expect(judgements.map(({ verdict }) => verdict)).toEqual(["holds", "holds", "holds"]);
  });

  test("says that the row of a node may be one that cannot be read", () => {
    const judgements = judge("clock-agreement", observation({ nodes, register: read({ rows: [], unreadable: 2 }) }));

    expect(judgements).toMatchObject([{ verdict: "unknown", reason: "row-unreadable", evidence: { unreadable: 2 } }]);
  });
});
