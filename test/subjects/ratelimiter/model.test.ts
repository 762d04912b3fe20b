import { expect, test } from "bun:test";
import * as v from "valibot";
import { RateLimiterConfig } from "../../../src/subjects/ratelimiter/config.ts";
import { model } from "../../../src/subjects/ratelimiter/model.ts";
import { type Change, HEALTH, NO_DEMAND, NOW_MS, NOW_US, node, observation, REDIS, read } from "./observations.ts";

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

test("model() says what comes back over a link that is down, and nothing of one that works", () => {
  const late = { ...HEALTH, redisAnswers: "late" } as const;
  const nodes = [
    node("1", { health: read({ ...late, redisConnected: false }) }),
    node("2", { health: read(late) }),
    node("3", { health: read({ ...HEALTH, redisConnected: false }) }),
  ];

  const links = model(observation({ nodes }), { atMs: NOW_MS, config: CONFIG }).links.filter(
    ({ kind }) => kind === "tcp",
  );

  expect(links.map(({ state, answers }) => [state, answers])).toEqual([
    ["down", "late"],
    ["up", undefined],
    ["down", undefined],
  ]);
});

test("model() shows the clock that a node tells itself where the register does not have it", () => {
  const nodes = [node("1", { clockAheadMs: 90_000 }), node("2", { clockAheadMs: 10 }), node("3", { clockAheadMs: 0 })];
  const rows = [{ id: "2", heartbeatAgeMs: 200, clockOffsetMs: 7 }];

  const found = pictureOf({ nodes, register: read({ rows, unreadable: 0 }) });

  expect(found.get("node/1")?.clockOffsetMs).toBe(89_995);
  expect(found.get("node/2")?.clockOffsetMs).toBe(7);
});

const CONFIG = v.parse(RateLimiterConfig, {
  nodes: "1=127.0.0.1:8101,2=127.0.0.1:8102,3=127.0.0.1:8103",
  redis: "redis://127.0.0.1:6379",
});

function pictureOf(change: Change) {
  const { components } = model(observation(change), { atMs: NOW_MS, config: CONFIG });
  return new Map(components.map((component) => [component.id, component]));
}
