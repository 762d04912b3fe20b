/** A real primary with a replica behind real Sentinels for tests. */

import { type RedisServer, startRedis, until } from "./redis-server.ts";

/** A replicated Redis that belongs to one test. */
export interface RedisSentinel extends AsyncDisposable {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly RedisServer[];
  /** Makes the replica the primary, or the primary again, by one Sentinel. */
  failover(by?: RedisServer): Promise<void>;
  /** In the form that `connectRedis` reads. */
  readonly url: string;
}

const NAME = "limits";
/** Milliseconds between what Sentinels do, a tenth of the default, so that tests need not wait. */
const PACE = {
  "info-period": 500,
  "ping-period": 100,
  "ask-period": 100,
  "publish-period": 200,
  "tilt-period": 1000,
  "min-link-reconnect-period": 1000,
};

/** Starts a primary, its replica and three Sentinels that fail over after half a second, and waits until they know each other. */
export async function startRedisSentinel(): Promise<RedisSentinel> {
  await using started = new AsyncDisposableStack();
  const primary = started.use(await startRedis({ args: ["--repl-diskless-sync-delay", "0"] }));
  const replica = started.use(await startRedis({ args: ["--replicaof", primary.host, `${primary.port}`] }));
  await until(async () => (await replica.cli("info", "replication")).includes("master_link_status:up"));
  const config = [
    `sentinel monitor ${NAME} ${primary.host} ${primary.port} 2`,
    `sentinel down-after-milliseconds ${NAME} 500`,
    `sentinel failover-timeout ${NAME} 3000`,
  ];
  const sentinels = await Promise.all(
    [0, 1, 2].map(async () => started.use(await startRedis({ config, args: ["--sentinel"] }))),
  );
  const pace = Object.entries(PACE).flatMap(([name, ms]) => [name, `${ms}`]);
  await Promise.all(sentinels.map((sentinel) => sentinel.cli("sentinel", "debug", ...pace)));
  for (const sentinel of sentinels) {
    await until(async () => {
      const state = await sentinel.cli("sentinel", "master", NAME);
      return /num-slaves\n1\n/.test(state) && /num-other-sentinels\n2\n/.test(state);
    });
  }
  const owned = started.move();
  return {
    primary,
    replica,
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
