/** A real Redis Cluster for tests: three masters on free ports of the loopback interface. */

import { type RedisServer, startRedis, until } from "./redis-server.ts";

/** A cluster that belongs to one test. */
export interface RedisCluster extends AsyncDisposable {
  readonly servers: readonly RedisServer[];
  /** In the form that `connectRedis` reads. */
  readonly url: string;
}

/** Starts three masters and waits until each sees the whole cluster. */
export async function startRedisCluster(): Promise<RedisCluster> {
  await using started = new AsyncDisposableStack();
  const args = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
  const servers = await Promise.all([0, 1, 2].map(async () => started.use(await startRedis({ args }))));
  const hosts = servers.map(({ host, port }) => `${host}:${port}`);
  const creator = Bun.spawn(["redis-cli", "--cluster", "create", ...hosts, "--cluster-yes"], { stdout: "ignore" });
  if ((await creator.exited) !== 0) throw new Error("Cannot create a Redis Cluster, expected redis-cli to do it");
  for (const server of servers) {
    await until(async () => (await server.cli("cluster", "info")).includes("cluster_state:ok"));
  }
  const owned = started.move();
  return {
    servers,
    url: `redis+cluster://${hosts.join(",")}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
