import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { connectRedis } from "../../src/io/redis.ts";
import { startRedisCluster } from "../redis-cluster.ts";
import { type RedisServer } from "../redis-server.ts";
import { until } from "../until.ts";

setDefaultTimeout(60_000);

const cluster = await startRedisCluster();
afterAll(() => cluster[Symbol.asyncDispose]());

/** The server over which somebody listens on the channel. */
async function listenedOn(channel: string): Promise<RedisServer | undefined> {
  const live = cluster.servers.filter((server) => server !== hung);
  const counts = await Promise.all(live.map((server) => server.cli("pubsub", "numsub", channel)));
  return live.find((_, at) => /\n[1-9]/.test(counts[at] ?? ""));
}

let hung: RedisServer | undefined;

test("a subscription to a Redis Cluster goes to another server when its own is silent", async () => {
  const client = connectRedis(cluster.url, { commandTimeoutMs: Number.POSITIVE_INFINITY });
  const heard: string[] = [];
  client.on("message", (_channel: string, message: string) => heard.push(message));
  client.on("ready", () => void client.subscribe("news").catch(() => undefined));
  await until(async () => (await listenedOn("news")) !== undefined);
  const first = await listenedOn("news");

  hung = first;
  first?.hang();
  await until(async () => (await listenedOn("news")) !== undefined);
  const second = await listenedOn("news");
  await second?.cli("publish", "news", "still here");
  await until(() => heard.length > 0);
  first?.resume();

  expect(second).not.toBe(first);
  expect(heard).toEqual(["still here"]);
  client.disconnect();
});

test("connectRedis() is ready for a Redis Cluster without asking any one primary how the cluster is", async () => {
  for (const server of cluster.servers) await server.cli("config", "resetstat");

  const client = connectRedis(cluster.url);
  await until(() => client.status === "ready");

  const stats = await Promise.all(cluster.servers.map((server) => server.cli("info", "commandstats")));
  expect(stats.filter((text) => text.includes("cmdstat_cluster|info:"))).toEqual([]);
  client.disconnect();
});
