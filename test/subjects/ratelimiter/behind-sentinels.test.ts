import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import * as v from "valibot";
import { probe } from "../../../src/core/subject/probe.ts";
import { RedisInspector } from "../../../src/subjects/ratelimiter/client/redis-client.ts";
import { RateLimiterConfig } from "../../../src/subjects/ratelimiter/config.ts";
import { redisAddress, topology } from "../../../src/subjects/ratelimiter/topology.ts";
import { type RedisSentinel, startRedisSentinel } from "../../redis-sentinel.ts";
import { until } from "../../until.ts";

setDefaultTimeout(60_000);

const signal = new AbortController().signal;

let redis: RedisSentinel;
beforeAll(async () => {
  redis = await startRedisSentinel();
});
afterAll(() => redis[Symbol.asyncDispose]());

test("the observer reads the primary, names it also when it is gone, and follows a failover", async () => {
  await using inspector = new RedisInspector(redis.url, 1000);
  const [first, second] = [redis.primary, redis.replica].map(({ host, port }) => `${host}:${port}`);
  await inspector.settled();
  const before = await inspector.read(signal);

  redis.primary.hang();
  const during = await probe(() => inspector.read(signal));
  await until(async () => inspector.address === second && "value" in (await probe(() => inspector.read(signal))));
  const after = await inspector.read(signal);
  redis.primary.resume();

  expect(before).toMatchObject({ address: first, role: "master" });
  expect(during).toMatchObject({
    failed: expect.stringContaining(`Cannot ask Redis at "${first}"`),
    address: first,
    outcome: "timed-out",
  });
  expect(after).toMatchObject({ address: second, role: "master" });
});

test("a Redis that no Sentinel names is said to be asked for at the Sentinel", async () => {
  await using inspector = new RedisInspector("redis+sentinel://127.0.0.1:1/limits", 300);
  await inspector.settled();

  const { failed, ...failure } = v.parse(Failed, await probe(() => inspector.read(signal)));

  expect(failed).toStartWith('Cannot ask Sentinel at "127.0.0.1:1": ');
  expect(failure).toEqual({ outcome: "refused", word: "ECONNREFUSED" });
});

test("redisAddress() behind Sentinels names them, and takes none of them for Redis", () => {
  expect(redisAddress({ redis: "redis+sentinel://a:1,b:2/limits" })).toBe("an unknown address (Sentinels a:1, b:2)");
  expect(redisAddress({ redis: "redis+cluster://a:1,b:2" })).toBe("a:1");
});

test("topology() behind Sentinels says where Redis was last seen, and nothing before", () => {
  const config = v.parse(RateLimiterConfig, { nodes: "1=127.0.0.1:8101", redis: redis.url });
  const seen = { id: "redis/main", kind: "redis", state: "up", address: "127.0.0.1:7001" } as const;

  const known = { atMs: 0, components: [seen], links: [], series: [] };

  expect(addressIn(topology(config))).toBeUndefined();
  expect(addressIn(topology(config, known))).toBe("127.0.0.1:7001");
});

const Failed = v.object({
  failed: v.string(),
  outcome: v.string(),
  word: v.optional(v.string()),
  address: v.optional(v.string()),
});

function addressIn({ components }: ReturnType<typeof topology>): string | undefined {
  return components.find(({ id }) => id === "redis/main")?.address;
}
