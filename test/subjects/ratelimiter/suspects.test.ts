import { expect, test } from "bun:test";
import { blame, suspectsOf } from "../../../src/subjects/ratelimiter/suspects.ts";
import { HEALTH, NOW_MS, node, observation, REDIS, read, SILENT } from "./observations.ts";

test("suspectsOf() finds a node that is or has been without Redis", () => {
  const before = observation();
  const nodes = [
    node("1", { health: read({ ...HEALTH, redisConnected: false }) }),
    node("2", { health: read({ ...HEALTH, degradedSeconds: 3 }) }),
    node("3", { health: SILENT }),
  ];

  expect(suspectsOf([], before, observation({ nodes }))).toEqual([
    { component: "node/1", lastMs: NOW_MS, why: "counted alone" },
    { component: "node/2", lastMs: NOW_MS, why: "counted alone" },
  ]);
});

test("suspectsOf() does not take a node's restart for time without Redis", () => {
  const restarted = node("1", { health: read({ ...HEALTH, startedAtMs: NOW_MS - 10, degradedSeconds: 1 }) });

  expect(suspectsOf([], observation(), observation({ nodes: [restarted] }))).toEqual([]);
});

test("suspectsOf() finds a Redis that restarted, evicted keys or did not answer", () => {
  const restarted = observation({ redis: read({ ...REDIS, startedAtMs: NOW_MS }) });
  const evicted = observation({ redis: read({ ...REDIS, evictedKeys: 4 }) });

  expect(suspectsOf([], observation(), restarted)).toMatchObject([{ component: "redis/main", why: "restarted" }]);
  expect(suspectsOf([], observation(), evicted)).toMatchObject([{ component: "redis/main", why: "evicted keys" }]);
  expect(suspectsOf([], undefined, evicted)).toEqual([]);
  expect(suspectsOf([], observation({ redis: SILENT }), evicted)).toEqual([]);
  expect(suspectsOf([], undefined, observation({ redis: SILENT }))).toMatchObject([{ why: "did not answer" }]);
});

test("suspectsOf() remembers for a while, each reason once", () => {
  const alone = observation({ nodes: [node("1", { health: read({ ...HEALTH, redisConnected: false }) })] });
  const known = suspectsOf([], undefined, { ...alone, atMs: NOW_MS - 1000 });

  expect(suspectsOf(known, observation(), observation())).toEqual(known);
  expect(suspectsOf(known, alone, alone)).toEqual([{ component: "node/1", lastMs: NOW_MS, why: "counted alone" }]);
  expect(suspectsOf(known, undefined, { ...observation(), atMs: NOW_MS + 600_000 })).toEqual([]);
});

test("blame() takes nobody where nobody is suspected", () => {
  expect(blame([], 0)).toBeUndefined();
});
