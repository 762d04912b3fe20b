/** A real Redis Cluster for tests: three primaries, with replicas if asked for, on free ports of the loopback interface. */

import { type RedisServer, type RedisServerOptions, startRedis } from "./redis-server.ts";
import { until } from "./until.ts";

/** A cluster that belongs to one test. */
export interface RedisCluster extends AsyncDisposable {
  /** Those that began as primaries first. */
  readonly servers: readonly RedisServer[];
  /** In the form that `connectRedis` reads. */
  readonly url: string;
}

/** How a cluster is started. */
export interface RedisClusterOptions extends Pick<RedisServerOptions, "args"> {
  /** Replicas of each primary. @default {0} */
  readonly replicas?: number;
}

const PRIMARIES = 3;

/** Starts three primaries and their replicas, and waits until each sees the whole cluster. */
export async function startRedisCluster({ replicas = 0, args = [] }: RedisClusterOptions = {}): Promise<RedisCluster> {
  await using started = new AsyncDisposableStack();
  const all = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", ...args];
  const size = PRIMARIES * (1 + replicas);
  const servers = await Promise.all(
    Array.from({ length: size }, async () => started.use(await startRedis({ args: all }))),
  );
  const hosts = servers.map(({ host, port }) => `${host}:${port}`);
  const command = ["redis-cli", "--cluster", "create", ...hosts, "--cluster-replicas", `${replicas}`, "--cluster-yes"];
  const creator = Bun.spawn(command, { stdout: "ignore" });
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
