import { expect, setDefaultTimeout, test } from "bun:test";
import { Redis } from "ioredis";
import { startRedisCluster } from "../redis-cluster.ts";
import { startRedisSentinel } from "../redis-sentinel.ts";
import { type RedisServer, startRedis } from "../redis-server.ts";
import { until } from "../until.ts";
import { startService } from "./services.ts";

setDefaultTimeout(60_000);

/** Servers, and the address by which a node finds them. */
interface Place extends AsyncDisposable {
  readonly url: string;
  readonly servers: readonly RedisServer[];
}

const KINDS: readonly (readonly [string, () => Promise<Place>])[] = [
  ["one Redis", startAlone],
  ["a Redis behind Sentinels", startBehindSentinels],
  ["a Redis Cluster", () => startRedisCluster()],
];

test.each(KINDS)(
  "a node without checks opens no connection to %s, once it has those that it keeps",
  async (_kind, start) => {
    await using place = await start();
    await using node = await startService({ flags: { node: 1, redis: place.url } });
    const observers = place.servers.map(({ host, port }) => new Redis({ host, port }));
    const total = (field: RegExp, section: string): Promise<number> => sumOf(observers, section, field);
    const connections = (): Promise<number> => total(/^total_connections_received:(\d+)/m, "stats");
    const heartbeats = (): Promise<number> => total(/^cmdstat_zadd:calls=(\d+)/m, "commandstats");
    // All that it opens at its start is open by then.
    const started = await heartbeats();
    await until(async () => (await heartbeats()) >= started + 5);

    const [before, begun] = [await connections(), await heartbeats()];
    await until(async () => (await heartbeats()) >= begun + 12);
    const after = await connections();

    expect(await node.get("/health")).toMatchObject({ redis_connected: true });
    expect(after).toBe(before);
    for (const observer of observers) observer.disconnect();
  },
);

async function startAlone(): Promise<Place> {
  const server = await startRedis();
  return { url: server.url, servers: [server], [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function startBehindSentinels(): Promise<Place> {
  const redis = await startRedisSentinel();
  const servers = [...redis.servers, ...redis.sentinels];
  return { url: redis.url, servers, [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
}

/** What a figure of `INFO` is on all servers together; a Sentinel has no figures of commands. */
async function sumOf(observers: readonly Redis[], section: string, field: RegExp): Promise<number> {
  const infos = await Promise.all(observers.map((observer) => observer.info(section)));
  return infos.reduce((sum, info) => sum + Number(field.exec(info)?.[1] ?? 0), 0);
}
