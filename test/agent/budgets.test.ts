import { expect, test } from "bun:test";
import { BudgetSpentError, isSpent, limitsWithin, openBudget } from "../../src/agent/budgets.ts";
import { NOTHING_SPENT } from "../../src/core/diagnosis/investigation.ts";

const LIMITS = { wallMs: 1000, turns: 3, tokens: 100, toolCalls: 2, usd: 1 };

test.each([
  [{ toolCalls: 2 }, "2 tool calls"],
  [{ turns: 3 }, "3 turns"],
  [{ tokens: 170 }, "100 tokens"],
  [{ usd: 1.2 }, "$1"],
])("budget.check() stops once %j is spent, and not before", (cost, words) => {
  const budget = openBudget(LIMITS, { monotonic: () => 0 });

  budget.check();
  budget.charge(cost);

  expect(() => budget.check()).toThrow(BudgetSpentError);
  expect(() => budget.check()).toThrow(`The budget is spent: ${words}`);
  expect(budget.spent()).toEqual({ ...NOTHING_SPENT, ...cost });
});

test("budget.check() stops when its wall time is over, by a clock that is never put back", () => {
  let nowMs = 5000;
  const budget = openBudget(LIMITS, { monotonic: () => nowMs });

  nowMs += 999;
  budget.check();
  nowMs += 1;

  expect(() => budget.check()).toThrow("The budget is spent: 1000 ms of wall time");
  expect(budget.spent().wallMs).toBe(1000);
});

test("limitsWithin() leaves of a day what others have not spent, and never less than nothing", () => {
  const day = { turns: 10, tokens: 1000, usd: 5 };

  const fresh = limitsWithin(LIMITS, day, NOTHING_SPENT);
  const late = limitsWithin(LIMITS, day, { ...NOTHING_SPENT, turns: 9, usd: 7 });

  expect(fresh).toEqual(LIMITS);
  expect(late).toEqual({ ...LIMITS, turns: 1, usd: 0 });
  expect([isSpent(fresh), isSpent(late)]).toEqual([false, true]);
});
