import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { probe } from "../../../../src/core/subject/probe.ts";
import { RedisInspector } from "../../../../src/subjects/ratelimiter/client/redis-client.ts";
import {
  clockOffset,
  type RedisPrimary,
  withSteps,
} from "../../../../src/subjects/ratelimiter/client/redis-primaries.ts";
import { startRedisCluster } from "../../../redis-cluster.ts";
import { until } from "../../../until.ts";

setDefaultTimeout(60_000);

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

test("read() says of a primary of a Cluster that it wants a password, also while the connection to it is replaced", async () => {
  await using inspector = new RedisInspector(cluster.url, 1000);
  await until(async () => "value" in (await probe(() => inspector.read(signal))));
  const [first] = cluster.servers;
  const words: (string | undefined)[] = [];

  await first?.cli("config", "set", "requirepass", "another");
  await first?.cli("-a", "another", "client", "kill", "type", "normal");
  const wordNow = async (): Promise<string | undefined> => {
    const { primaries = [] } = await inspector.read(signal);
    return primaries.find(({ address }) => address === `127.0.0.1:${first?.port}`)?.failure?.word;
  };
  await until(async () => (await wordNow()) === "NOAUTH");
  const beganMs = performance.now();
  // It is left after a second of refusals, and connected to again.
  await until(async () => words.push(await wordNow()) > 50 && performance.now() - beganMs > 1500);
  await first?.cli("-a", "another", "config", "set", "requirepass", "");

  expect(new Set(words)).toEqual(new Set(["NOAUTH"]));
});

test("clockOffset() knows nothing of a clock whose answer took so long that it could be seen to step", () => {
  expect(clockOffset(1060, { sentMs: 1000, receivedMs: 1020 })).toBe(50);
  expect(clockOffset(1000, { sentMs: 1000, receivedMs: 1499 })).toBe(-249);
  expect(clockOffset(1000, { sentMs: 1000, receivedMs: 1500 })).toBeUndefined();
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
