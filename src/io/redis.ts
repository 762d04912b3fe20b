/** Connections to Redis that fail fast, never resend and never hang: standalone, behind Sentinel, or a Cluster. */

import { Cluster, Redis, type RedisOptions } from "ioredis";
import { InvalidInputError } from "../core/text/errors.ts";

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

/** Where a Redis is. */
export interface RedisPlace {
  readonly kind: "standalone" | "sentinel" | "cluster";
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** Name of the master group that Sentinel watches. */
  readonly masterName?: string;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** Number of the database. */
  readonly db: number;
}

const SCHEMES: Readonly<Record<string, Pick<RedisPlace, "kind" | "tls">>> = {
  redis: { kind: "standalone", tls: false },
  rediss: { kind: "standalone", tls: true },
  "redis+sentinel": { kind: "sentinel", tls: false },
  "rediss+sentinel": { kind: "sentinel", tls: true },
  "redis+cluster": { kind: "cluster", tls: false },
  "rediss+cluster": { kind: "cluster", tls: true },
};
const HOST = /^(?:\[(?<v6>[\da-f:.]+)\]|(?<name>[^[\]:]+))(?::(?<port>\d+))?$/i;
const WANTED =
  '"redis://host:port/db", "redis+sentinel://host:port,host:port/name" or "redis+cluster://host:port,host:port"';
const ADDRESS =
  /^(?<scheme>[a-z+]+):\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/@]+)(?:\/(?<path>[^/]*)(?:\/(?<db>\d+))?)?$/;

/**
 * Reads the address of a Redis: `redis://`, `rediss://`, `redis+sentinel://host:port,host:port/name`, `redis+cluster://host:port,host:port`.
 * @throws {InvalidInputError} If it has another form.
 */
export function parseRedisUrl(url: string): RedisPlace {
  const { scheme = "", user, password, hosts = "", path = "", db } = ADDRESS.exec(url)?.groups ?? {};
  const known = SCHEMES[scheme];
  const places = hosts.split(",").map((host) => parseHost(host, known?.kind === "sentinel" ? 26_379 : 6379));
  const named = known?.kind !== "sentinel" || path !== "";
  const number = known?.kind === "sentinel" ? (db ?? "0") : path || "0";
  if (!known || !named || !/^\d+$/.test(number) || places.some(({ port }) => !(port > 0 && port < 65_536))) {
    throw new InvalidInputError(`Cannot read Redis address "${withoutPassword(url)}", expected ${WANTED}`);
  }
  return {
    ...known,
    hosts: places,
    db: Number(number),
    ...(known.kind === "sentinel" && { masterName: decodeURIComponent(path) }),
    ...(user && { username: decodeURIComponent(user) }),
    ...(password && { password: decodeURIComponent(password) }),
  };
}

/** The address with the password that was given apart from it, if one was. */
export function withRedisPassword(url: string, password: string | undefined): string {
  if (password === undefined) return url;
  return url.replace(/^([a-z+]+:\/\/)(?:([^:@/]*)@)?/, (_, scheme: string, user = "") => {
    return `${scheme}${user}:${encodeURIComponent(password)}@`;
  });
}

/** Whether an address has a password in it; of one that cannot be read nothing is said. */
export function hasRedisPassword(url: string): boolean {
  try {
    return parseRedisUrl(url).password !== undefined;
  } catch {
    return false;
  }
}

/**
 * Opens a connection that comes back by itself after any outage. Commands fail at once while there is none, and none is ever sent twice.
 * @throws {InvalidInputError} If the address has another form than {@linkcode parseRedisUrl} reads.
 */
export function connectRedis(url: string, patience: RedisPatience = {}): RedisClient {
  const place = parseRedisUrl(url);
  const client = open(place, patience);
  // Without a listener ioredis prints every failed attempt; anyone who sends commands sees them fail.
  client.on("error", () => undefined);
  return client;
}

function open(place: RedisPlace, patience: RedisPatience): RedisClient {
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

function parseHost(text: string, defaultPort: number): { host: string; port: number } {
  const { v6, name, port } = HOST.exec(text)?.groups ?? {};
  const host = v6 ?? name;
  if (host === undefined) return { host: text, port: Number.NaN };
  return { host, port: port === undefined ? defaultPort : Number(port) };
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/]*@/, "//");
}
