import { expect, setDefaultTimeout, test } from "bun:test";
import { Cluster } from "ioredis";
import { connectRedis } from "../../src/io/redis.ts";
import { startRedisCluster } from "../redis-cluster.ts";
import { until } from "../until.ts";

setDefaultTimeout(30_000);

const NAMES = Array.from({ length: 30 }, (_, at) => `name ${at}`);

test("connectRedis() to a Redis Cluster: commands wait for connections that are being opened, and fail with one that cannot be opened", async () => {
  await using cluster = await startRedisCluster({ args: ["--cluster-require-full-coverage", "no"] });
  const client = connectRedis(cluster.url, { commandTimeoutMs: Number.POSITIVE_INFINITY });
  if (!(client instanceof Cluster)) throw new Error("Cannot go on without a Cluster");
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  client.once("ready", resolve);
  await ready;

  const states = client.nodes("master").map(({ status }) => status);
  const written = await Promise.all(NAMES.map((name) => client.set(name, "1")));
  const several = await client.multi().incr("{same}a").incr("{same}b").exec();
  const asked: Promise<unknown>[] = [];
  for (const node of client.nodes("master"))
    node.on("connecting", () => asked.push(...NAMES.map((name) => client.get(name))));
  await cluster.servers[0]?.kill();
  await until(() => asked.length > 0);
  const after = await Promise.allSettled(asked);
  client.disconnect();

  expect(states).toContain("connecting");
  expect(written).toEqual(NAMES.map(() => "OK"));
  expect(several).toEqual([
    [null, 1],
    [null, 1],
  ]);
  expect(new Set(after.map(({ status }) => status))).toEqual(new Set(["fulfilled", "rejected"]));
});
