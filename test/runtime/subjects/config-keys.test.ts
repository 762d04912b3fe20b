import { expect, test } from "bun:test";
import { assemble, configKeys } from "../../../src/runtime/subjects/config-keys.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";

test("configKeys() names fields within objects, and assemble() puts values back there", () => {
  const keys = configKeys(ratelimiter.config);

  expect(keys.get("intended-on-redis-failure")).toEqual(["intended", "onRedisFailure"]);
  expect(keys.get("nodes")).toEqual(["nodes"]);
  const values = [
    [["intended", "limit"], 1],
    [["intended", "windowMs"], 2],
    [["redis"], "x"],
  ] as const;
  expect(assemble(values)).toEqual({ intended: { limit: 1, windowMs: 2 }, redis: "x" });
});
