import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { MAX_COST, MAX_LIMIT } from "../../../../src/limiter/settings/bounds.ts";
import { countUpTo, windowCalled } from "../../../../src/limiter/settings/quantities.ts";
import { LimiterSettings } from "../../../../src/limiter/settings/settings.ts";
import { CostOf, LimitOf, WindowOf } from "../../../../src/subjects/ratelimiter/quantities.ts";
import { upFlags } from "../../../../src/subjects/ratelimiter/recipes/flags.ts";
import { testSite } from "../../../deployments/stand-in.ts";

describe("upFlags", () => {
  test("makes a recipe of three nodes with the service's own defaults", () => {
    const recipe = v.parse(upFlags, {});

    const { node: _node, ...defaults } = v.parse(LimiterSettings, { node: "1" });
    expect(recipe.settings).toEqual({
      limit: String(defaults.limit),
      window: "1m",
      "on-redis-failure": defaults.onRedisFailure,
      algorithm: defaults.algorithm,
    });
    expect(defaults.windowMs).toBe(60_000);
    expect(recipe.local?.(testSite()).processes.map(({ id }) => id)).toEqual([
      "redis/main",
      "node/1",
      "node/2",
      "node/3",
    ]);
  });

  test("passes settings on as they were typed, and adds what runs beside", () => {
    const recipe = v.parse(upFlags, { nodes: "1", limit: "1k", onRedisFailure: "closed", with: "prometheus" });

    expect(recipe.settings).toMatchObject({ limit: "1k", "on-redis-failure": "closed" });
    expect(recipe.local?.(testSite()).processes.map(({ id }) => id)).toContain("prometheus/main");
  });
});

test.each([
  [LimitOf, countUpTo("limit", MAX_LIMIT), ["1", "10k", "1G", "1000000001", "0", "x"]],
  [CostOf, countUpTo("cost", MAX_COST), ["1", "1M", "1000001", "0"]],
  [WindowOf, windowCalled("window"), ["1ms", "0.5ms", "31d", "31d1ms", "10"]],
])("the lab's bounds are those of the service", (ours, theirs, texts) => {
  const read = (schema: v.GenericSchema): unknown =>
    texts.map((text) => {
      const { success, output, issues } = v.safeParse(schema, text);
      return success ? output : issues[0].message;
    });

  expect(read(ours)).toEqual(read(theirs));
});
