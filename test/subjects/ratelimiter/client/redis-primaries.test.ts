import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { probe } from "../../../../src/core/subject/probe.ts";
import { RedisInspector } from "../../../../src/subjects/ratelimiter/client/redis-client.ts";
import { type RedisPrimary, withSteps } from "../../../../src/subjects/ratelimiter/client/redis-primaries.ts";
import { startRedisCluster } from "../../../redis-cluster.ts";
import { startRedis, until } from "../../../redis-server.ts";

setDefaultTimeout(30_000);

const cluster = await startRedisCluster({ args: ["--cluster-require-full-coverage", "no"] });
afterAll(() => cluster[Symbol.asyncDispose]());
const { signal } = new AbortController();

test("read() tells of each primary of a Cluster its share, its slots and its clock, and of one that is gone why", async () => {
  await using inspector = new RedisInspector(cluster.url, 1000);
  await until(async () => "value" in (await probe(() => inspector.read(signal))));
  const [first] = cluster.servers;
  const before = await inspector.read(signal);

  await first?.kill();
  const after = await inspector.read(signal);
  const lives = await inspector.lives(
    Array.from({ length: 20 }, (_, at) => `key ${at}`),
    signal,
  );
  await first?.restart();

  const addresses = cluster.servers.map(({ port }) => `127.0.0.1:${port}`).toSorted();
  expect(before.primaries?.map(({ address }) => address)).toEqual(addresses);
  for (const { keysRatio, slotsAssigned, clockOffsetMs, failure } of before.primaries ?? []) {
    expect([Math.round(keysRatio * 3), slotsAssigned, failure]).toEqual([1, 16_384, undefined]);
    expect(Math.abs(clockOffsetMs ?? Number.NaN)).toBeLessThan(5000);
  }
  expect(before.primaries?.filter(({ hasRegister }) => hasRegister)).toHaveLength(1);
  expect(after.primaries?.filter(({ failure }) => failure)).toMatchObject([
    { address: `127.0.0.1:${first?.port}`, failure: { outcome: "refused", word: "ECONNREFUSED" } },
  ]);
  expect(new Set(lives.map((life) => ("value" in life ? "read" : life.outcome))).size).toBe(2);
});

test("read() does not know the clock of a Redis that took so long to answer that it could be seen to step", async () => {
  await using redis = await startRedis();
  await using inspector = new RedisInspector(redis.url, 5000);
  const clock = async (): Promise<number | undefined> => {
    const reading = await probe(() => inspector.read(signal));
    return "value" in reading ? reading.value.primaries?.[0]?.clockOffsetMs : undefined;
  };
  await until(async () => (await clock()) !== undefined);

  await redis.cli("CLIENT", "PAUSE", "1500", "ALL");
  const late = await inspector.read(signal);

  expect(late.primaries).toHaveLength(1);
  expect(late.primaries?.[0]).not.toHaveProperty("clockOffsetMs");
});

test("withSteps() remembers the last step of each clock, and no error of reading", () => {
  const at = (clockOffsetMs: number): RedisPrimary[] => [
    { component: "redis/main", address: "a:1", keysRatio: 1, hasRegister: true, clockOffsetMs },
  ];

  const first = withSteps(at(10), undefined, 1000);
  const steady = withSteps(at(60), first, 2000);
  const stepped = withSteps(at(-4940), steady, 3000);
  const after = withSteps(at(-4950), stepped, 4000);

  expect([first, steady, stepped, after].map(([one]) => one?.step)).toEqual([
    undefined,
    undefined,
    { atMs: 3000, byMs: -5000 },
    { atMs: 3000, byMs: -5000 },
  ]);
});
