import { expect, test } from "bun:test";
import { longestOf, NO_COUNTER, windowMsOf } from "../../../../src/subjects/ratelimiter/keys/counter-life.ts";

test("longestOf() is the counter that outlives its window the most, and before all one that lives for ever", () => {
  const left = { lifeMs: 3_000_000, windowMs: 3_600_000 };
  const overlong = { lifeMs: 30_000, windowMs: 1000 };
  const lasting = { lifeMs: -1, windowMs: 60_000 };

  expect(longestOf([NO_COUNTER, left, NO_COUNTER])).toBe(left);
  expect(longestOf([left, overlong])).toBe(overlong);
  expect(longestOf([left, lasting, overlong])).toBe(lasting);
  expect(longestOf([])).toBe(NO_COUNTER);
});

test("windowMsOf() knows no window of what is no counter", () => {
  expect(windowMsOf(Buffer.from("x"))).toBe(0);
});
