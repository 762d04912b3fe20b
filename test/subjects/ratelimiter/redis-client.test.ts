import { afterAll, beforeAll, expect, test } from "bun:test";
import { probe } from "../../../src/core/probe.ts";
import { NO_COUNTER } from "../../../src/subjects/ratelimiter/counter-life.ts";
import { RedisInspector } from "../../../src/subjects/ratelimiter/redis-client.ts";
import { addUpInfo, parseRedisInfo } from "../../../src/subjects/ratelimiter/redis-info.ts";
import { counterKeyOf, counterNamesOf } from "../../../src/subjects/ratelimiter/redis-keys.ts";
import { type RedisServer, startRedis } from "../../redis-server.ts";

const signal = new AbortController().signal;

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

test("read() tells what Redis is, and the same start at every look", async () => {
  await using inspector = await open();

  const first = await inspector.read(signal);
  const second = await inspector.read(signal);

  expect(first).toMatchObject({
    role: "master",
    evictionPolicy: "noeviction",
    maxMemoryBytes: 0,
    keysWithoutExpiry: 0,
  });
  expect(Math.abs(first.startedAtMs - Date.now())).toBeLessThan(60_000);
  expect(second.startedAtMs).toBe(first.startedAtMs);
});

test("lives() and scan() find counters without expiry, and nothing else", async () => {
  await using inspector = await open();
  await redis.cli("set", "ratelimit:{ann}:gcra", "x");
  await redis.cli("set", "ratelimit:{ben}:sliding-window", "x", "PX", "60000");
  await redis.cli("hset", "ratelimit:{settings}:values", "version", "1");
  await redis.cli("set", "foreign", "x");
  await redis.cli("rpush", "ratelimit:{ben}:gcra", "no", "counter");
  await redis.cli("pexpire", "ratelimit:{ben}:gcra", "70000");

  const [ann, ben, nobody] = await inspector.lives(["ann", "ben", "nobody"], signal);

  expect([ann, nobody]).toEqual([{ lifeMs: -1, windowMs: 0 }, NO_COUNTER]);
  expect(ben?.lifeMs).toBeGreaterThan(1000);
  expect(await inspector.scan([], signal)).toEqual({ found: ["ann"], complete: true, position: ["0"] });
});

test("a hung Redis is told from one that is gone", async () => {
  await using other = await startRedis();
  await using inspector = new RedisInspector(other.url, 300);
  await inspector.settled();

  other.hang();
  const hung = await probe(() => inspector.read(signal));
  other.resume();
  await other.kill();
  const gone = await probe(() => inspector.read(signal));

  expect(hung).toMatchObject({ outcome: "timed-out", failed: expect.stringContaining(`127.0.0.1:${other.port}`) });
  expect(gone).toMatchObject({ outcome: "refused" });
});

test("a Redis that refuses is neither hung nor gone, and says why", async () => {
  await using locked = await startRedis();
  await locked.cli("config", "set", "requirepass", "s3cret");
  await using without = await open(locked.url);
  await using wrong = await open(locked.url.replace("//", "//:wr0ng@"));

  const answers = await Promise.all([without, wrong].map((one) => probe(() => one.read(signal))));

  expect(answers).toMatchObject([
    { outcome: "failed", failed: expect.stringContaining("NOAUTH") },
    { outcome: "failed", failed: expect.stringContaining("WRONGPASS") },
  ]);
  expect(JSON.stringify(answers)).not.toContain("wr0ng");
});

test("a Redis without the wished database is not looked at", async () => {
  await using inspector = await open(`${redis.url}/99`);

  expect(await probe(() => inspector.read(signal))).toMatchObject({ failed: expect.stringContaining("out of range") });
});

test("a Redis that is none says so", async () => {
  await using page = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("<html>") });
  await using inspector = await open(`redis://127.0.0.1:${page.port}`);

  expect(await probe(() => inspector.read(signal))).toMatchObject({
    failed: expect.stringContaining("is no Redis"),
    outcome: "failed",
  });
});

test("settled() does not wait for a Redis that is not there", async () => {
  await using inspector = new RedisInspector("redis://127.0.0.1:1", 500);

  await inspector.settled();

  expect(await probe(() => inspector.read(AbortSignal.abort()))).toMatchObject({ outcome: "refused" });
});

test("addUpInfo() takes the masters of a cluster for one", () => {
  const info = parseRedisInfo("redis_version:7.0.15\r\nused_memory:5\r\ndb0:keys=4,expires=3,avg_ttl=1\r\n");

  expect(info).toMatchObject({ version: "7.0.15", usedMemoryBytes: 5, keys: 4, keysWithoutExpiry: 1 });
  expect(addUpInfo([info, info])).toMatchObject({ version: "7.0.15", usedMemoryBytes: 10, keysWithoutExpiry: 2 });
  expect(() => addUpInfo([])).toThrow(RangeError);
});

test.each(["ann", "user:7", "a}b", "}x", "%x", "a\nb"])("counterKeyOf() reads the names of %j back", (key) => {
  expect(counterNamesOf(key).map(counterKeyOf)).toEqual(Array(4).fill(key));
});

test("counterKeyOf() knows what is no counter", () => {
  expect(["ratelimit:{settings}:values", "ratelimit:{registry}:node/1", "x"].map(counterKeyOf)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

async function open(url = redis.url): Promise<RedisInspector> {
  const inspector = new RedisInspector(url, 1000);
  await inspector.settled();
  return inspector;
}
