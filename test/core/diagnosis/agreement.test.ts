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
