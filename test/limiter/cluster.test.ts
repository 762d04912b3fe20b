import { expect, setDefaultTimeout, test } from "bun:test";
import { startRedisCluster } from "../redis-cluster.ts";
import { until } from "../until.ts";
import { startService } from "./services.ts";

setDefaultTimeout(60_000);

test("nodes share settings and know each other over a Redis Cluster", async () => {
  await using cluster = await startRedisCluster();
  const flags = { redis: cluster.url, nodes: "1,2" };
  await using one = await startService({ flags: { node: 1, ...flags } });
  await using two = await startService({ flags: { node: 2, ...flags } });

  await one.call("PUT", "/api/limits/a", { limit: 7 });
  await one.call("PUT", "/api/config?node=2", { limit: 50 });

  await until(async () => Object((await two.call("POST", "/check", { key: "a" })).body).limit === 7);
  await until(async () => Object(await two.get("/api/config")).limit === 50);
  // On a busy machine a heartbeat may come late once.
  await until(async () => {
    const { nodes = [] } = Object(await one.get("/api/nodes"));
    return nodes.length === 2 && nodes.every((node: unknown) => Object(node).state === "ready");
  });

  for (const server of cluster.servers) await server.cli("flushall");

  await until(async () => {
    const keys = await Promise.all(
      cluster.servers.map((server) => server.cli("hget", "ratelimit:{settings}:values", "limit/a")),
    );
    return keys.some((text) => text.endsWith('{"limit":7}'));
  });
});

test("a node that starts on a Redis Cluster has the shared settings and is registered when it serves", async () => {
  await using cluster = await startRedisCluster();
  await using first = await startService({ flags: { node: 1, redis: cluster.url } });
  await first.call("PUT", "/api/blocks/denied");

  await using second = await startService({ flags: { node: 2, redis: cluster.url, heartbeat: "1m" } });
  const check = await second.call("POST", "/check", { key: "denied" });
  const { nodes = [] } = Object(await first.get("/api/nodes"));

  expect(check.status).toBe(429);
  expect(nodes.map((node: unknown) => Object(node).id)).toContain(2);
});
