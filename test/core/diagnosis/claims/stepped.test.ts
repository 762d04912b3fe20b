import { expect, test } from "bun:test";
import { type Evidence, evaluateClaim, isPersistent, wordsOf } from "../../../../src/core/diagnosis/claims/mod.ts";

const SINCE_MS = 40_000;
const FELL = {
  kind: "stepped",
  metric: "lamps_count",
  labels: { component: "hall/1" },
  change: "fell",
  sinceMs: SINCE_MS,
} as const;
const ROSE = { ...FELL, change: "rose" } as const;
const full = (): number => 100;

test("stepped is true of what falls to half or less again and again, though its level is what it was", () => {
  const emptied = series(full, (index) => (index % 4 === 0 ? 3 : 100));

  expect(evaluateClaim(FELL, emptied)).toEqual({
    outcome: "true",
    figure:
      "lamps_count of hall/1 fell to half or less at 3 of 11 readings since 1970-01-01T00:00:40.000Z, at 0 of 39 before",
  });
});

test.each([
  ["falls once", full, (index: number) => (index === 3 ? 3 : 100)],
  ["falls a little", full, (index: number) => (index % 4 === 0 ? 80 : 100)],
  [
    "has always fallen as often",
    (index: number) => (index % 4 === 0 ? 3 : 100),
    (index: number) => (index % 4 === 0 ? 3 : 100),
  ],
  ["is hardly there", () => 1, (index: number) => index % 2],
] as const)("stepped is false of what %s", (_what, before, since) => {
  expect(evaluateClaim(FELL, series(before, since)).outcome).toBe("false");
});

test("stepped counts each rise of what never rose before, and none of what always rises", () => {
  const once = series(
    () => 7,
    (index) => (index < 5 ? 7 : 8),
  );
  const always = series(
    (index) => index,
    (index) => 40 + index,
  );

  expect(evaluateClaim(ROSE, once).outcome).toBe("true");
  expect(evaluateClaim(ROSE, always).outcome).toBe("false");
});

test("stepped is unknown of a series that is too short, never lasts, and is said in words", () => {
  expect(evaluateClaim(FELL, { ...series(full, full), series: [] })).toEqual({
    outcome: "unknown",
    figure: "lamps_count of hall/1 has 0 readings since 1970-01-01T00:00:40.000Z and 0 before",
  });
  expect(isPersistent(FELL)).toBe(false);
  expect(wordsOf(FELL)).toBe("lamps_count of hall/1 fell again and again");
});

/** A reading a second: 40 healthy ones, then 11. */
function series(before: (index: number) => number, since: (index: number) => number): Evidence {
  const points = Array.from({ length: 51 }, (_, index) => ({
    atMs: index * 1000,
    value: index < 40 ? before(index) : since(index - 40),
  }));
  return {
    now: { picture: { atMs: 50_000, components: [], links: [], series: [] }, judgements: [] },
    timeline: [],
    series: [{ metric: FELL.metric, labels: FELL.labels, points }],
  };
}
