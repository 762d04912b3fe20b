import { expect, test } from "bun:test";
import { compareCauses } from "../../../src/core/diagnosis/agreement.ts";
import type { CheckedClaim, Hypothesis } from "../../../src/core/diagnosis/hypothesis.ts";
import type { Mechanism } from "../../../src/core/words/mechanism.ts";

const DOWN = claim("down", "true");
const REFUSED = claim("refused", "true");
const SLOW = claim("slow", "false");
const EASED: CheckedClaim = { ...claim("eased", "true"), side: "against" };

test.each([
  [cause("lamp/1", "crash"), cause("lamp/1", "crash"), "same"],
  [cause("lamp/1", "crash"), cause("lamp/1", "hang"), "same-component"],
  [cause("lamp/1", "crash"), cause("lamp/2", "crash"), "other-cause"],
  [cause("lamp/1", "crash"), undefined, "only-first"],
  [undefined, cause("lamp/1", "crash"), "only-second"],
  [undefined, undefined, "neither"],
] as const)("compareCauses() says how far two answers agree", (first, second, expected) => {
  expect(compareCauses(first, { engine: "rules", ...(second && { cause: second }) }).agreement).toBe(expected);
});

test("compareCauses() names the true claims that only one makes, and what sinks the other", () => {
  const first = cause("lamp/1", "crash", [DOWN, REFUSED]);
  const second = cause("lamp/1", "hang", [DOWN, SLOW, EASED]);

  const { shared, forFirst, forSecond } = compareCauses(first, { engine: "rules", cause: second });

  expect(shared).toEqual([DOWN]);
  expect(forFirst).toEqual([REFUSED, SLOW, EASED]);
  expect(forSecond).toEqual([]);
});

test("compareCauses() leaves out what sinks both", () => {
  const [first, second] = [cause("lamp/1", "crash", [SLOW]), cause("lamp/2", "hang", [SLOW])];

  const { forFirst, forSecond } = compareCauses(first, { engine: "rules", cause: second });

  expect([...forFirst, ...forSecond]).toEqual([]);
});

test("compareCauses() takes a claim for the same over whatever time, and in whatever order its labels stand", () => {
  const moved = (sinceMs: number, labels: Readonly<Record<string, string>>): CheckedClaim => {
    const predicate = { kind: "moved", metric: "heat", labels, direction: "up", sinceMs } as const;
    return { side: "for", predicate, outcome: "true", figure: "It rose", persistent: false };
  };
  const first = cause("lamp/1", "crash", [moved(1, { component: "lamp/1", part: "bulb" })]);
  const same = cause("lamp/1", "crash", [moved(2, { part: "bulb", component: "lamp/1" })]);
  const other = cause("lamp/1", "crash", [moved(1, { component: "lamp/2", part: "bulb" })]);

  const shared = [same, other].map((second) => compareCauses(first, { engine: "rules", cause: second }).shared.length);

  expect(shared).toEqual([1, 0]);
});

function cause(
  component: Hypothesis["component"],
  mechanism: Mechanism,
  claims: readonly CheckedClaim[] = [],
): Hypothesis {
  return { component, mechanism, summary: "", claims, verdict: "likely" };
}

function claim(value: string, outcome: CheckedClaim["outcome"]): CheckedClaim {
  const predicate = { kind: "state-is", component: "lamp/1", path: "state", comparison: "is", value } as const;
  return { side: "for", predicate, outcome, figure: value, persistent: false };
}
