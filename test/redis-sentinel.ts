/** A real primary with a replica behind real Sentinels for tests. */

import { type RedisServer, startRedis } from "./redis-server.ts";
import { until } from "./until.ts";

/** A replicated Redis that belongs to one test. */
export interface RedisSentinel extends AsyncDisposable {
  /** As it was started. */
  readonly primary: RedisServer;
  /** The first one. */
  readonly replica: RedisServer;
  /** The primary and all replicas. */
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  /** Makes the replica the primary, or the primary again, by one Sentinel. */
  failover(by?: RedisServer): Promise<void>;
  /** In the form that `connectRedis` reads. */
  readonly url: string;
}

const NAME = "limits";
/** Milliseconds of silence for each Sentinel: three candidates at once would split the votes, and begin again much later. */
const DOWN_AFTER_MS = [500, 500, 1500];
/**
 * Milliseconds between what Sentinels do, less than by default, so that tests need not wait. A replica whose last word is
 * older than five pings is not promoted, and replicas of a primary that is down are asked once a second.
 */
const PACE = {
  "info-period": 500,
  "ping-period": 300,
  "ask-period": 100,
  "publish-period": 200,
  "tilt-period": 1000,
  "min-link-reconnect-period": 1000,
};

/** How it is started. */
export interface RedisSentinelOptions {
  /** @default {1} */
  readonly replicas?: number;
  /** Milliseconds that a failover may take; the next one begins after twice that at the earliest. @default {3000} */
  readonly failoverTimeoutMs?: number;
}

/** Starts a primary, its replicas and three Sentinels that fail over after half a second, and waits until they know each other. */
export async function startRedisSentinel(options: RedisSentinelOptions = {}): Promise<RedisSentinel> {
  const { replicas: replicaCount = 1, failoverTimeoutMs = 3000 } = options;
  await using started = new AsyncDisposableStack();
  const primary = started.use(await startRedis({ args: ["--repl-diskless-sync-delay", "0"] }));
  const following = ["--repl-diskless-sync-delay", "0", "--replicaof", primary.host, `${primary.port}`];
  const replica = started.use(await startRedis({ args: following }));
  const replicas = [replica];
  while (replicas.length < replicaCount) replicas.push(started.use(await startRedis({ args: following })));
  for (const one of replicas) {
    await until(async () => (await one.cli("info", "replication")).includes("master_link_status:up"));
  }
  const config = (downAfterMs: number): readonly string[] => [
    `sentinel monitor ${NAME} ${primary.host} ${primary.port} 2`,
    `sentinel down-after-milliseconds ${NAME} ${downAfterMs}`,
    `sentinel failover-timeout ${NAME} ${failoverTimeoutMs}`,
  ];
  const sentinels = await Promise.all(
    DOWN_AFTER_MS.map(async (ms) => started.use(await startRedis({ config: config(ms), args: ["--sentinel"] }))),
  );
  const pace = Object.entries(PACE).flatMap(([name, ms]) => [name, `${ms}`]);
  for (const sentinel of sentinels) {
    await sentinel.cli("sentinel", "debug", ...pace);
    await until(async () => {
      const state = await sentinel.cli("sentinel", "master", NAME);
      return state.includes(`num-slaves\n${replicaCount}\n`) && /num-other-sentinels\n2\n/.test(state);
    });
  }
  const owned = started.move();
  return {
    primary,
    replica,
    servers: [primary, ...replicas],
    sentinels,
    failover: async (by = sentinels[0]) => {
      await until(async () => (await by?.cli("sentinel", "failover", NAME)) === "OK");
    },
    url: `redis+sentinel://${sentinels.map(({ host, port }) => `${host}:${port}`).join(",")}/${NAME}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Passwords that are asked for. */
export interface SentinelPasswords {
  readonly redis?: string;
  readonly sentinel?: string;
}

/** Starts a primary and one Sentinel, which ask for passwords. Nothing fails over. */
export async function startGuardedSentinel({
  redis,
  sentinel,
}: SentinelPasswords): Promise<Pick<RedisSentinel, "primary" | "url"> & AsyncDisposable> {
  await using started = new AsyncDisposableStack();
  const primary = started.use(await startRedis());
  const config = [`sentinel monitor ${NAME} ${primary.host} ${primary.port} 1`];
  if (redis !== undefined) config.push(`sentinel auth-pass ${NAME} ${redis}`);
  const watching = started.use(await startRedis({ config, args: ["--sentinel"] }));
  if (redis !== undefined) await primary.cli("config", "set", "requirepass", redis);
  if (sentinel !== undefined) await watching.cli("acl", "setuser", "default", "resetpass", `>${sentinel}`);
  const owned = started.move();
  return {
    primary,
    url: `redis+sentinel://${watching.host}:${watching.port}/${NAME}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
