import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { ProbeError } from "../../src/core/text/errors.ts";
import { connectRedis, type RedisClient } from "../../src/io/redis.ts";
import { awaitReady } from "../../src/limiter/decide/redis/ask-redis.ts";
import { type NodeFacts, openRegistry, type Registry } from "../../src/limiter/registry.ts";
import { type RedisServer, startRedis } from "../redis-server.ts";
import { until } from "../until.ts";
import { silence } from "./services.ts";

const HEARTBEAT_MS = 40;

setDefaultTimeout(60_000);

let server: RedisServer;
let redis: RedisClient;
beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url);
  await awaitReady(redis);
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});
/** What registers told of their nodes. */
const beats: (readonly number[] | "left")[] = [];
beforeEach(() => server.cli("flushall"));

test("join() registers the node with its facts, its own clock and the Redis time of its heartbeat", async () => {
  await using registry = open(2, { clockOffsetMs: 30_000 });

  await registry.join();
  const { nowMs, nodes } = await registry.list();

  expect(nodes).toMatchObject([factsOf(2)]);
  const [node] = nodes;
  expect((node?.clockMs ?? 0) - (node?.lastHeartbeatMs ?? 0)).toBeGreaterThan(29_000);
  expect(nowMs - (node?.lastHeartbeatMs ?? 0)).toBeLessThan(10_000);
});

test("list() shows all nodes by number", async () => {
  await using ten = open(10);
  await using two = open(2);
  await ten.join();
  await two.join();

  expect((await two.list()).nodes.map(({ id }) => id)).toEqual([2, 10]);
});

test("a node that stays registers anew with every heartbeat, whatever Redis lost", async () => {
  await using registry = open(2);
  await registry.join();
  await server.cli("flushall");

  await until(async () => (await registry.list()).nodes.length === 1);
});

test("a node that stops without leaving is gone when its entry expires, and leaves nothing behind", async () => {
  const registry = open(2);
  await registry.join();

  await registry[Symbol.asyncDispose]();

  expect(await server.cli("exists", "ratelimit:{registry}:node/2")).toBe("1");
  await until(async () => (await server.cli("dbsize")) === "0");
});

test("leave() takes the node out at once and for good", async () => {
  await using registry = open(2);
  await registry.join();

  await registry.leave();
  await Bun.sleep(3 * HEARTBEAT_MS);

  expect(await server.cli("dbsize")).toBe("0");
});

test("join() and leave() never reject, and list() does, when Redis is away", async () => {
  const nowhere = connectRedis("redis://127.0.0.1:1");
  await using registry = open(2, { redis: nowhere });

  await registry.join();
  await registry.leave();

  await expect(registry.list()).rejects.toThrow(ProbeError);
  nowhere.disconnect();
});

const FUTURE_MS = "9999999999999";
const ROW = {
  id: "3",
  address: "127.0.0.1:8083",
  version: "1.2.3",
  started_at_ms: "1000",
  config_hash: "abc",
  state: "ready",
  clock_ms: "1000",
  last_heartbeat_ms: "1000",
};

test.each([
  ["a row of another form", { id: "3", name: "three" }],
  ["a number that is none", { ...ROW, id: "three" }],
  ["the number of another node", { ...ROW, id: "2" }],
  ["a start that is no time", { ...ROW, started_at_ms: "yesterday" }],
  ["a start that no calendar has", { ...ROW, started_at_ms: "99999999999999999" }],
  ["a clock that is no number", { ...ROW, clock_ms: "NaN" }],
  ["a clock before all calendars", { ...ROW, clock_ms: "-99999999999999999" }],
  ["a heartbeat of the future", { ...ROW, last_heartbeat_ms: FUTURE_MS }],
  ["a state that is none", { ...ROW, state: "asleep" }],
  ["a huge address", { ...ROW, address: "x".repeat(100_000) }],
  ["a missing field", { ...ROW, config_hash: undefined }],
])("list() passes over %s alone, and counts it", async (_what, row) => {
  await using registry = open(2);
  await registry.join();
  await using four = open(4);
  await four.join();
  const fields = Object.entries(row).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  await redis.hset("ratelimit:{registry}:node/3", ...fields);
  await redis.zadd("ratelimit:{registry}:nodes", Date.now(), "3");

  const { nodes, unreadable } = await registry.list();

  expect(nodes).toMatchObject([factsOf(2), factsOf(4)]);
  expect(unreadable).toBe(1);
});

test("list() passes over a row that is no hash, and reads one that has more fields than are known", async () => {
  await using registry = open(2);
  await registry.join();
  await redis.set("ratelimit:{registry}:node/3", "x");
  await redis.zadd("ratelimit:{registry}:nodes", Date.now(), "3");
  await redis.hset("ratelimit:{registry}:node/2", "more", "x".repeat(1_000_000));

  expect(await registry.list()).toMatchObject({ nodes: [factsOf(2)], unreadable: 1 });
});

test("what the index has of the future is not read, and is gone with the next heartbeat", async () => {
  await using registry = open(2);
  await redis.zadd("ratelimit:{registry}:nodes", FUTURE_MS, "3");
  await redis.hset("ratelimit:{registry}:node/3", ...Object.entries(ROW).flat());

  expect(await registry.list()).toMatchObject({ nodes: [], unreadable: 0 });
  await registry.join();

  expect(await redis.zrange("ratelimit:{registry}:nodes", "0", "-1")).toEqual(["2"]);
});

test("every heartbeat tells the numbers of all registered nodes, whatever else the index holds", async () => {
  beats.length = 0;
  await using two = open(2);
  await using four = open(4);
  await redis.zadd("ratelimit:{registry}:nodes", Date.now(), "x");
  await redis.zadd("ratelimit:{registry}:nodes", Date.now(), "-1");

  await two.join();
  await four.join();
  await two.leave();
  await four.leave();

  expect(beats[0]).toEqual([2]);
  expect(beats.map((ids) => (ids === "left" ? ids : ids.toSorted((a, b) => a - b)))).toContainEqual([2, 4]);
  expect(beats.at(-1)).toBe("left");
});

function open(id: number, options: { clockOffsetMs?: number; redis?: RedisClient } = {}): Registry {
  return openRegistry({
    redis: options.redis ?? redis,
    facts: () => factsOf(id),
    now: () => Date.now() + (options.clockOffsetMs ?? 0),
    heartbeatMs: HEARTBEAT_MS,
    log: silence,
    onBeat: (ids) => beats.push(ids),
    onLeave: () => beats.push("left"),
  });
}

function factsOf(id: number): NodeFacts {
  return { id, address: "127.0.0.1:8082", version: "1.2.3", startedAtMs: 1000, configHash: "abc", state: "ready" };
}
