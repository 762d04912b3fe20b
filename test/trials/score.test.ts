import { expect, test } from "bun:test";
import type { Conclusion } from "../../src/core/diagnosis/diagnosis.ts";
import type { CheckedClaim, Hypothesis } from "../../src/core/diagnosis/hypothesis.ts";
import { NOTHING_SPENT } from "../../src/core/diagnosis/investigation.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";
import { type Answered, scoreAnswer } from "../../src/trials/score.ts";

const TRUTH = { component: "lamp/1", mechanism: "crash" } as const;
const FALSE_CLAIM: CheckedClaim = {
  side: "for",
  predicate: { kind: "link-broken", from: "lamp/1", to: "mains/1" },
  outcome: "false",
  figure: "",
  persistent: false,
};

test("scoreAnswer() is 1 for what is right, half for the component alone, and as bad as it was sure for what is wrong", () => {
  expect(scoreOf({ cause: causeOf("lamp/1") })).toBe(1);
  expect(scoreOf({ cause: { ...causeOf("lamp/1"), mechanism: "hang" } })).toBe(0.5);
  expect(scoreOf({ cause: causeOf("lamp/2"), confidence: 0.95 })).toBe(-0.95);
  expect(scoreOf({ cause: causeOf("lamp/2"), confidence: 0.3 })).toBe(-0.3);
  expect(scoreOf({})).toBe(0);
});

test("scoreAnswer() takes off for claims that were ruled out, of its own hypotheses only", () => {
  const option = { ...causeOf("lamp/2"), claims: [FALSE_CLAIM, FALSE_CLAIM], rejectedBecause: "No" };

  expect(scoreOf({ cause: causeOf("lamp/1"), options: [{ ...option, by: "test" }] })).toBe(0.9);
  expect(scoreOf({ cause: causeOf("lamp/1"), options: [option] })).toBe(1);
});

test("scoreAnswer() takes off for what was spent, for calls outside of the list, and for no answer at all", () => {
  expect(scoreOf({ cause: causeOf("lamp/1") }, { spent: { ...NOTHING_SPENT, turns: 5 } })).toBe(0.9);
  expect(scoreOf({ cause: causeOf("lamp/1") }, { strayCalls: 2 })).toBe(0.8);
  expect(scoreAnswer({ spent: NOTHING_SPENT, limits: { turns: 10, toolCalls: 10 }, strayCalls: 0 }, TRUTH)).toBe(-0.1);
});

function scoreOf(conclusion: Partial<Conclusion>, rest: Partial<Answered> = {}): number {
  const whole = {
    engine: "test",
    atMs: 0,
    observation: "",
    timeline: [],
    affected: [],
    propagation: [],
    options: [],
    confidence: 0.95,
    unknowns: [],
    ...conclusion,
  };
  const limits = { turns: 10, toolCalls: 10 };
  return scoreAnswer({ conclusion: whole, spent: NOTHING_SPENT, limits, strayCalls: 0, ...rest }, TRUTH);
}

function causeOf(component: ComponentId): Hypothesis {
  return { component, mechanism: "crash", summary: "", claims: [], verdict: "confirmed" };
}
