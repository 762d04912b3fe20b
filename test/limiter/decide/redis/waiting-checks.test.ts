import { expect, test } from "bun:test";
import type { Algorithm } from "../../../../lua/algorithms.ts";
import type { CheckRequest } from "../../../../src/limiter/decide/decision.ts";
import {
  callOf,
  type SharedCall,
  type Waiting,
  WaitingChecks,
} from "../../../../src/limiter/decide/redis/waiting-checks.ts";

function waiting(key: string, rule: Partial<CheckRequest> = {}): Waiting {
  const request = { key, cost: 1, limit: 10, windowMs: 1000, algorithm: "sliding-window", ...rule } as const;
  return { request, resolve: () => undefined };
}

function shown(calls: readonly SharedCall[]): (readonly [Algorithm, string])[] {
  return calls.map((call) => [call.algorithm, call.waiting.map(({ request }) => request.key).join("")]);
}

test("take() puts all checks of one algorithm into one call, in order, and leaves none", () => {
  const checks = new WaitingChecks();
  const added = [waiting("a"), waiting("b", { algorithm: "gcra" }), waiting("c")].map((one) => checks.add(one));

  const calls = checks.take();

  expect(added).toEqual([1, 1, 2]);
  expect(shown(calls)).toEqual([
    ["sliding-window", "ac"],
    ["gcra", "b"],
  ]);
  expect(checks.take()).toEqual([]);
});

test("take() makes a call for each group", () => {
  const checks = new WaitingChecks((key) => (key === "b" ? 1 : 2));
  for (const key of ["a", "b", "c"]) checks.add(waiting(key));

  expect(shown(checks.take())).toEqual([
    ["sliding-window", "ac"],
    ["sliding-window", "b"],
  ]);
});

test("callOf() tells a rule once for the checks in a row that share it", () => {
  const { keys, args } = callOf([waiting("a"), waiting("b"), waiting("c", { cost: 3 }), waiting("a")], "x:");

  expect(keys).toEqual(["a", "b", "c", "a"].map((key) => `x:{${key}}:sliding-window`));
  expect(args).toEqual([10, 1_000_000, 1, 2, 10, 1_000_000, 3, 1, 10, 1_000_000, 1, 1]);
});
