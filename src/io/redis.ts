/** Connections to Redis that fail fast, never resend and never hang: standalone, behind Sentinel, or a Cluster. */

import { Cluster, Redis, type RedisOptions } from "ioredis";
import { parseRedisUrl, type RedisPlace, type RedisTarget } from "./redis-address.ts";

/** A connection of either kind; both take the same commands. */
export type RedisClient = Redis | Cluster;

/** How patient a connection is. */
export interface RedisPatience {
  /** Milliseconds until a command counts as failed. @default {1000} */
  readonly commandTimeoutMs?: number;
  /** Milliseconds until an attempt to connect is given up. @default {500} */
  readonly connectTimeoutMs?: number;
  /** Milliseconds between attempts to connect. @default {100} */
  readonly retryMs?: number;
}

/**
 * Opens a connection that comes back by itself after any outage. Commands fail at once while there is none, and none is ever sent twice.
 * @throws {InvalidInputError} If the address has another form than {@linkcode parseRedisUrl} reads.
 */
export function connectRedis(target: RedisTarget, patience: RedisPatience = {}): RedisClient {
  const place = parseRedisUrl(typeof target === "string" ? target : target.url);
  const sentinelPassword = typeof target === "string" ? place.password : target.sentinelPassword;
  const client = open({ ...place, sentinelPassword }, patience);
  // Without a listener ioredis prints every failed attempt; anyone who sends commands sees them fail.
  client.on("error", () => undefined);
  return client;
}

interface Opening extends RedisPlace {
  readonly sentinelPassword: string | undefined;
}

function open(place: Opening, patience: RedisPatience): RedisClient {
  const retryMs = patience.retryMs ?? 100;
  const options = connectionOptions(place, patience);
  const hosts = place.hosts.map(({ host, port }) => ({ host, port }));
  if (place.kind === "cluster") {
    return new Cluster(hosts, {
      redisOptions: { ...options, maxRetriesPerRequest: 0 },
      enableOfflineQueue: false,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      slotsRefreshTimeout: 500,
      slotsRefreshInterval: 1000,
      clusterRetryStrategy: () => retryMs,
      clusterNodeRetryStrategy: () => retryMs,
    });
  }
  const retryStrategy = (): number => retryMs;
  if (place.kind === "standalone") {
    return new Redis({ ...options, ...hosts[0], enableOfflineQueue: false, retryStrategy });
  }
  const sentinel = {
    ...options,
    sentinels: hosts,
    name: place.masterName ?? "",
    // A Sentinel without a password takes any for this user; for a user of its own it would refuse.
    ...(place.sentinelPassword !== undefined && {
      sentinelUsername: "default",
      sentinelPassword: place.sentinelPassword,
    }),
    enableTLSForSentinelMode: place.tls,
    sentinelCommandTimeout: 500,
    sentinelRetryStrategy: () => retryMs,
    enableOfflineQueue: false,
    retryStrategy,
  };
  return new SentinelRedis(sentinel, retryMs);
}

/** ioredis ends for good when it is told to reconnect while it still asks the Sentinels, as its own failover detector does. */
class SentinelRedis extends Redis {
  #closed = false;

  constructor(options: Omit<RedisOptions, "replyMapping">, retryMs: number) {
    super(options);
    this.on("end", () => setTimeout(() => this.#comeBack(), retryMs));
  }

  override disconnect(reconnect = false): void {
    if (!reconnect) this.#closed = true;
    super.disconnect(reconnect);
  }

  #comeBack(): void {
    if (!this.#closed && this.status === "end") this.connect().catch(() => undefined); // it ends again, then
  }
}

function connectionOptions(place: RedisPlace, patience: RedisPatience) {
  return {
    commandTimeout: patience.commandTimeoutMs ?? 1000,
    connectTimeout: patience.connectTimeoutMs ?? 500,
    disconnectTimeout: 100,
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: 200,
    autoResendUnfulfilledCommands: false,
    // After a failover the old master answers READONLY: the way to the new one begins with a new connection.
    reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
    db: place.db,
    ...(place.username !== undefined && { username: place.username }),
    ...(place.password !== undefined && { password: place.password }),
    ...(place.tls && { tls: {} }),
  };
}
