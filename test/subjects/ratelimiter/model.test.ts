import { expect, test } from "bun:test";
import * as v from "valibot";
import { RateLimiterConfig } from "../../../src/subjects/ratelimiter/config.ts";
import { model } from "../../../src/subjects/ratelimiter/model.ts";
import { type Change, NO_DEMAND, NOW_MS, NOW_US, node, observation, REDIS, read } from "./observations.ts";

test("model() says at a component that some of what it told cannot be read", () => {
  const page = { redisTimeUs: NOW_US, forgotten: false, demand: NO_DEMAND, series: [], unreadable: 3 };
  const picture = pictureOf({
    nodes: [node("1", { admissions: read(page) }), node("2")],
    redis: read({ ...REDIS, maxMemoryBytes: undefined, startedAtMs: undefined, unreadable: ["maxmemory", "db0"] }),
    register: read({ rows: [], unreadable: 2 }),
  });

  expect(picture.get("node/1")?.labels).toMatchObject({ unreadable_rows: "3" });
  expect(picture.get("node/2")?.labels).not.toHaveProperty("unreadable_rows");
  expect(picture.get("redis/main")).not.toHaveProperty("startedAtMs");
  expect(picture.get("redis/main")?.labels).toMatchObject({
    max_memory_bytes: "unknown",
    unreadable_fields: "maxmemory, db0",
    unreadable_rows: "2",
  });
});

test("model() names a counter that never expires at Redis, as what resets it must", () => {
  const found = pictureOf({ lasting: read({ keys: ["load-7", "load-9"], complete: true, others: 0 }) });

  expect(found.get("redis/main")?.labels).toMatchObject({ lasting_key: "load-7" });
  expect(pictureOf({}).get("redis/main")?.labels).not.toHaveProperty("lasting_key");
});

function pictureOf(change: Change) {
  const config = v.parse(RateLimiterConfig, { nodes: "1=127.0.0.1:8101", redis: "redis://127.0.0.1:6379" });
  const { components } = model(observation(change), { atMs: NOW_MS, config });
  return new Map(components.map((component) => [component.id, component]));
}
