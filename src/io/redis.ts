/** Connections to Redis that fail fast, never resend and never hang: standalone, behind Sentinel, or a Cluster. */

import { Cluster, Redis } from "ioredis";
import { PatientCluster } from "./patient-cluster.ts";
import { parseRedisUrl, type RedisPlace, type RedisTarget } from "./redis-address.ts";
import { quietAuth } from "./redis-auth.ts";
import { followCluster } from "./redis-cluster.ts";
import { contactTrouble, type Server } from "./redis-contact.ts";
import { completeTracingChannels } from "./redis-tracing.ts";
import { type RedisTrouble, troubleIn } from "./redis-trouble.ts";
import { watchConnection } from "./redis-watch.ts";
import { SentinelRedis } from "./sentinel/sentinel-redis.ts";
import { formatHostPort } from "./system/tcp.ts";

/** A connection of either kind; both take the same commands. */
export type RedisClient = Redis | Cluster;

/** Time limits of a connection. */
export interface RedisPatience {
  /** Milliseconds until a command counts as failed; infinite if the sender has its own time limit. @default {1000} */
  readonly commandTimeoutMs?: number;
  /** Milliseconds until an attempt to connect fails. @default {500} */
  readonly connectTimeoutMs?: number;
  /** Milliseconds between attempts to connect. @default {100} */
  readonly retryMs?: number;
}

quietAuth();
completeTracingChannels();

/** The known trouble of a client. */
const troubles = new WeakMap<RedisClient, RedisTrouble>();
/** Clients whose connection was closed on this side because it was silent. */
const givenUp = new WeakSet<RedisClient>();
/** Errors that may also mean that only one side uses TLS. */
const AMBIGUOUS: ReadonlySet<RedisTrouble> = new Set(["ECONNRESET", "ETIMEDOUT", "silent"]);

/**
 * Opens a connection that reconnects after any outage. Commands fail at once while disconnected, and are never sent
 * twice.
 * @throws {InvalidInputError} If the address has another form than {@linkcode parseRedisUrl} reads.
 */
export function connectRedis(target: RedisTarget, patience: RedisPatience = {}): RedisClient {
  const place = parseRedisUrl(typeof target === "string" ? target : target.url);
  const sentinelPassword = typeof target === "string" ? place.password : target.sentinelPassword;
  const client = open({ ...place, sentinelPassword }, patience);
  const isDue = atMostEvery(1000);
  const lookAgain: LookAgain = (told) => void (isDue() && lookForTrouble(client, place, told));
  noteTroubles(client, lookAgain);
  if (client instanceof Redis) {
    watchConnection(client, () => reconnectRedis(client));
  } else {
    client.on("+node", (node: Redis) => watchNode(client, node, lookAgain));
    followCluster(client);
  }
  return client;
}

/** Why a client has no connection; `undefined` if it has one, or if the reason is unknown. */
export function redisTrouble(client: RedisClient): RedisTrouble | undefined {
  return troubles.get(client);
}

/** The address of the primary named by Sentinels; `undefined` if unknown, or without Sentinels. */
export function primaryAddress(client: RedisClient): string | undefined {
  const primary = client instanceof SentinelRedis ? client.primary : undefined;
  return primary && formatHostPort(primary);
}

/** Where the server of a connection is, also while it is not connected; `undefined` if no Sentinel has named one yet. */
export function serverOf(client: Redis): Server | undefined {
  const { host, port, tls } = client.options;
  const place =
    client instanceof SentinelRedis ? client.primary : host !== undefined && port !== undefined && { host, port };
  return place ? { ...place, tls: tls !== undefined } : undefined;
}

/** A node that does not serve may have lost its slots, so the Cluster is read again. */
function watchNode(cluster: Cluster, node: Redis, lookAgain: LookAgain): void {
  noteTroubles(node, lookAgain);
  watchConnection(node, () => {
    reconnectRedis(node);
    cluster.refreshSlotsCache();
  });
}

/** Replaces a connection; one that is connecting or waiting to connect is already new. */
function reconnectRedis(client: Redis): void {
  if (client.status !== "connect" && client.status !== "ready") return;
  if (client.status === "connect") troubles.set(client, "silent"); // accepted, and the handshake is not answered
  givenUp.add(client);
  client.disconnect(true);
}

/** Whether a command sent now reaches Redis. A connection is briefly ready even if a step of its handshake was refused. */
export function isUsable(client: Redis): boolean {
  return client.status === "ready" && client.stream.writable;
}

/** The client often gives no reason, or an ambiguous one. */
async function lookForTrouble(client: RedisClient, place: RedisPlace, told: RedisTrouble | undefined): Promise<void> {
  const found = (await contactTrouble(place)) ?? told;
  if (found && client.status !== "ready" && client.status !== "end") troubles.set(client, found);
}

type LookAgain = (told: RedisTrouble | undefined) => void;

function noteTroubles(client: RedisClient, lookAgain: LookAgain): void {
  // Without a listener ioredis prints every failed attempt; callers see their commands fail.
  client.on("error", (error: unknown) => {
    const trouble = troubleIn(error);
    if (trouble === undefined || AMBIGUOUS.has(trouble)) lookAgain(trouble);
    else troubles.set(client, trouble);
    // ioredis would continue with another database.
    if (trouble === "SELECT") client.disconnect(true);
  });
  let isHandshake = false;
  client.on("connect", () => (isHandshake = true));
  client.on("close", () => {
    const told = troubles.get(client);
    const isOurs = givenUp.delete(client);
    if (!isOurs && (!told || AMBIGUOUS.has(told))) lookAgain(isHandshake ? "ECONNRESET" : undefined);
  });
  client.on("ready", () => {
    isHandshake = false;
    if (client instanceof Cluster || isUsable(client)) troubles.delete(client);
  });
}

interface Opening extends RedisPlace {
  readonly sentinelPassword: string | undefined;
}

function open(place: Opening, patience: RedisPatience): RedisClient {
  const retryMs = patience.retryMs ?? 100;
  const options = connectionOptions(place, patience);
  const hosts = place.hosts.map(({ host, port }) => ({ host, port }));
  if (place.kind === "cluster") {
    return new PatientCluster(hosts, {
      redisOptions: { ...options, maxRetriesPerRequest: 0 },
      // The check asks a single primary, which may be the only silent one; a breaker judges each primary.
      enableReadyCheck: false,
      enableOfflineQueue: false,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      slotsRefreshTimeout: 500,
      slotsRefreshInterval: 0,
      clusterRetryStrategy: () => retryMs,
      clusterNodeRetryStrategy: () => retryMs,
    });
  }
  const retryStrategy = (): number => retryMs;
  // ioredis would resubscribe on reconnect and leave a `BUSY` refusal unhandled, which ends the process.
  const single = { ...options, enableOfflineQueue: false, autoResubscribe: false };
  if (place.kind === "standalone") return new Redis({ ...single, ...hosts[0], retryStrategy });
  return new SentinelRedis(
    { hosts, name: place.masterName ?? "", password: place.sentinelPassword },
    { ...single, retryMs },
  );
}

function connectionOptions(place: RedisPlace, patience: RedisPatience) {
  const commandTimeout = patience.commandTimeoutMs ?? 1000;
  return {
    ...(commandTimeout < Number.POSITIVE_INFINITY && { commandTimeout }),
    connectTimeout: patience.connectTimeoutMs ?? 500,
    disconnectTimeout: 100,
    maxRetriesPerRequest: 0,
    // ioredis would send INFO, which not every user may; callers see refusals of their own commands.
    enableReadyCheck: false,
    disableClientInfo: true,
    autoResendUnfulfilledCommands: false,
    db: place.db,
    ...(place.username !== undefined && { username: place.username }),
    ...(place.password !== undefined && { password: place.password }),
    ...(place.tls && { tls: {} }),
  };
}

/** Returns true at most once per that many milliseconds. */
function atMostEvery(ms: number): () => boolean {
  let lastMs = Number.NEGATIVE_INFINITY;
  return () => {
    const isDue = performance.now() - lastMs >= ms;
    if (isDue) lastMs = performance.now();
    return isDue;
  };
}
