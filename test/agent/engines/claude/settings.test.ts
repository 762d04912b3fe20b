import { expect, test } from "bun:test";
import { priceOf, tokensOf, usdOf } from "../../../../src/agent/engines/claude/settings.ts";

const USAGE = {
  inputTokens: 1_000_000,
  cacheWriteTokens: 1_000_000,
  cacheReadTokens: 1_000_000,
  outputTokens: 100_000,
};

test("priceOf() is what is set, else what is known by the longest beginning of the name, else the highest known", () => {
  expect(priceOf({})).toEqual({ input: 4, output: 20 });
  expect(priceOf({ model: "claude-opus-5" })).toEqual({ input: 5, output: 25 });
  expect(priceOf({ model: "claude-sonnet-5-5-20261101" })).toEqual({ input: 2, output: 10 });
  expect(priceOf({ model: "llama-of-the-cellar" })).toEqual({ input: 10, output: 50 });
  expect(priceOf({ model: "llama-of-the-cellar", price: { input: 0, output: 0 } })).toEqual({ input: 0, output: 0 });
});

test("usdOf() charges writing to the cache more and reading from it less than other input", () => {
  expect(usdOf(USAGE, { input: 4, output: 20 })).toBeCloseTo(4 + 5 + 0.4 + 2);
  expect(tokensOf(USAGE)).toBe(3_100_000);
});
