import { expect, test } from "bun:test";
import {
  type Evidence,
  evaluateClaim,
  isPersistent,
  questionsOf,
  wordsOf,
} from "../../../../src/core/diagnosis/claims/mod.ts";

const SINCE_MS = 100_000;
const NOW_MS = 110_000;
const LABELS = { component: "lamp/1" };
const UP = { kind: "moved", metric: "heat_celsius", labels: LABELS, direction: "up", sinceMs: SINCE_MS } as const;

test.each([
  ["up", 80, "true"],
  ["down", 80, "false"],
  ["up", 21, "false"],
  ["down", 3, "true"],
] as const)("moved says of a series that goes %s from 20 to %d: %s", (direction, to, outcome) => {
  const evaluation = evaluateClaim(
    { ...UP, direction },
    series(
      () => 20,
      () => to,
    ),
  );

  expect(evaluation.outcome).toBe(outcome);
  expect(evaluation.figure).toBe(
    `heat_celsius of lamp/1: median ${to} in the newest 5 readings, 20 in 60 healthy readings before 1970-01-01T00:01:40.000Z (spread 0)`,
  );
});

test.each([
  ["seconds", "median 2m41s in the newest 5 readings, 5ms in"],
  ["bytes", "median 161B in the newest 5 readings, 0.005B in"],
  ["celsius", "median 161 in the newest 5 readings, 0.005 in"],
] as const)("moved states a figure in %s as a person reads it", (unit, words) => {
  const evidence = series(
    () => 0.005,
    () => 161,
  );
  const known = { name: UP.metric, component: "lamp/1", unit, kind: "gauge", signal: "latency", value: 161 } as const;
  const picture = { ...evidence.now.picture, series: [known] };

  const { figure } = evaluateClaim(UP, { ...evidence, now: { ...evidence.now, picture } });

  expect(figure).toContain(words);
});

test("moved measures by the usual spread, so that what always jumps has not moved", () => {
  const jumping = series(
    (index) => (index % 2 === 0 ? 10 : 30),
    () => 60,
  );

  expect(evaluateClaim(UP, jumping)).toMatchObject({ outcome: "false" });
  expect(evaluateClaim(UP, jumping).figure).toContain("(spread 10)");
});

test.each([
  ["seconds", 0.001, 0.004, "false"],
  ["seconds", 0.001, 0.02, "true"],
  ["ratio", 0, 0.04, "false"],
  ["1/s", 0, 0.25, "false"],
  ["1", 1, 2, "true"],
] as const)("moved says of a steady series in %s that goes from %d to %d: %s", (unit, was, is, outcome) => {
  const steady = series(
    () => was,
    () => is,
  );
  const shown = { name: "heat_celsius", component: "lamp/1", unit, kind: "gauge", signal: "node", value: is } as const;

  const { picture } = steady.now;
  const evaluation = evaluateClaim(UP, { ...steady, now: { ...steady.now, picture: { ...picture, series: [shown] } } });

  expect(evaluation.outcome).toBe(outcome);
});

test("moved is not moved by what comes and goes in bursts anyway, and not hidden by the beginning of the trouble", () => {
  const bursts = series(
    (index) => (index % 5 === 0 ? 100 : 20),
    () => 110,
  );
  const late = series(
    (index) => (index < 92 ? 20 : 100),
    () => 110,
  );

  expect(evaluateClaim(UP, bursts).outcome).toBe("false");
  expect(evaluateClaim(UP, late).outcome).toBe("true");
});

test("moved takes for usual what was so before a slow rise, and says until when", () => {
  const rising = series(
    (index) => 20 + Math.max(0, index - 60) * 1.5,
    () => 85,
  );

  expect(evaluateClaim(UP, rising)).toEqual({
    outcome: "true",
    figure:
      "heat_celsius of lamp/1: median 85 in the newest 5 readings, 20 in 30 healthy readings before 1970-01-01T00:01:10.000Z (spread 0)",
  });
  expect(evaluateClaim({ ...UP, direction: "down" }, rising).outcome).toBe("false");
});

test("moved leaves out readings after a moment, and then does not last", () => {
  const rising = series(
    () => 20,
    (index) => (index < 5 ? 20 : 80),
  );
  const early = { ...UP, untilMs: SINCE_MS + 4000 };

  expect(evaluateClaim(UP, rising).outcome).toBe("true");
  expect(evaluateClaim(early, rising)).toEqual({
    outcome: "false",
    figure:
      "heat_celsius of lamp/1: median 20 in 5 readings until 1970-01-01T00:01:44.000Z, 20 in 60 healthy readings before 1970-01-01T00:01:40.000Z (spread 0)",
  });
  expect([isPersistent(UP), isPersistent(early)]).toEqual([true, false]);
});

test("moved is not moved by a single reading", () => {
  expect(
    evaluateClaim(
      UP,
      series(
        () => 20,
        (index) => (index === 8 ? 500 : 20),
      ),
    ).outcome,
  ).toBe("false");
});

test("moved compares counters by what they rise per second, also across a restart from zero", () => {
  const steady = series(
    (index) => index * 10,
    (index) => (index < 5 ? 1000 + index * 10 : (index - 5) * 10),
  );
  const faster = series(
    (index) => index * 10,
    (index) => 1000 + index * 90,
  );

  expect(evaluateClaim({ ...UP, perSecond: true }, steady).outcome).toBe("false");
  expect(evaluateClaim({ ...UP, perSecond: true }, faster).outcome).toBe("true");
});

test.each([
  { healthy: 5, to: 80, outcome: "true" },
  { healthy: 9, to: 80, outcome: "true" },
  { healthy: 9, to: 25, outcome: "unknown" },
  { healthy: 9, to: 20, outcome: "unknown" },
  { healthy: 4, to: 80, outcome: "unknown" },
] as const)(
  "moved says of one that goes from 20 to 29 at most, to $to, after $healthy healthy readings: $outcome",
  (given) => {
    const { points = [] } =
      series(
        (index) => 20 + (index % 10),
        (index) => given.to + (index % 10),
      ).series[0] ?? {};
    const short = points.filter(({ atMs }) => atMs >= SINCE_MS - given.healthy * 1000);
    const evidence = { ...series(Number, Number), series: [{ metric: "heat_celsius", labels: LABELS, points: short }] };

    expect(evaluateClaim(UP, evidence).outcome).toBe(given.outcome);
  },
);

test("moved is unknown of a series that is too short, or is not there", () => {
  expect(
    evaluateClaim(UP, {
      ...series(
        () => 20,
        () => 80,
      ),
      series: [],
    }),
  ).toEqual({
    outcome: "unknown",
    figure: "heat_celsius of lamp/1 has 0 readings since 1970-01-01T00:01:40.000Z and 0 before",
  });
  expect(
    evaluateClaim(
      { ...UP, sinceMs: NOW_MS - 1000 },
      series(
        () => 20,
        () => 80,
      ),
    ).outcome,
  ).toBe("unknown");
  expect(
    evaluateClaim(
      { ...UP, sinceMs: 4000 },
      series(
        () => 20,
        () => 80,
      ),
    ).outcome,
  ).toBe("unknown");
});

test("moved may last, asks for its own past, and is said in words", () => {
  expect(isPersistent(UP)).toBe(true);
  expect(questionsOf(UP, NOW_MS)).toEqual([
    { metric: "heat_celsius", labels: LABELS, windowMs: 610_000, endMs: NOW_MS },
  ]);
  expect(wordsOf({ ...UP, labels: { ...LABELS, to: "mains/1" } })).toBe(
    'heat_celsius of lamp/1 {"to":"mains/1"} went up',
  );
});

/** A reading a second: 100 healthy ones, then 10. */
function series(before: (index: number) => number, after: (index: number) => number): Evidence {
  const points = Array.from({ length: 111 }, (_, index) => ({
    atMs: index * 1000,
    value: index < 100 ? before(index) : after(index - 100),
  }));
  return {
    now: { picture: { atMs: NOW_MS, components: [], links: [], series: [] }, judgements: [] },
    timeline: [],
    series: [{ metric: "heat_celsius", labels: LABELS, points }],
  };
}
