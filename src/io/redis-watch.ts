/** Watches every connection to Redis: one that is silent or refused for a second is closed, and a new one is opened. */

import type { Redis } from "ioredis";
import { type RedisTrouble, troubleInReply } from "./redis-trouble.ts";

/** Milliseconds between two checks of a connection. */
const LOOK_EVERY_MS = 200;
/** Checks in a row without received bytes until a connection counts as silent: a second in which this process ran. */
const SILENT_LOOKS = 5;
/** Milliseconds of refusals, at most this long apart, after which a server is left. */
const REFUSED_FOR_MS = 1000;
/** Refusals of a server that does not serve now, although another may. */
const NOT_SERVING: ReadonlySet<RedisTrouble> = new Set([
  "READONLY",
  "MASTERDOWN",
  "NOREPLICAS",
  "LOADING",
  "CLUSTERDOWN",
  "NOAUTH",
]);

/**
 * Calls `giveUp` when nothing was received on a client's connection for a second, the handshake included, or when its
 * server refuses to serve for that long. A connection without traffic is tested with PING, so that one that only
 * listens is watched, too.
 */
export function watchConnection(client: Redis, giveUp: () => void): void {
  let timer: NodeJS.Timeout | undefined;
  let refusals = new Refusals();
  client.on("connect", () => {
    refusals = new Refusals();
    clearInterval(timer);
    timer = setInterval(lookAt(client, giveUp), LOOK_EVERY_MS).unref();
  });
  client.on("close", () => clearInterval(timer));
  client.options.reconnectOnError = ({ message }) => {
    if (refusals.areEnough(troubleInReply(message))) giveUp();
    return false; // the connection is closed already
  };
}

/** The refusals on one connection. */
class Refusals {
  readonly #connectedMs = performance.now();
  #firstMs = Number.NEGATIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** Records a refusal. A server that is a replica is left at once, unless the connection is very new, since another one is the primary. */
  areEnough(word: RedisTrouble): boolean {
    if (!NOT_SERVING.has(word)) return false;
    const nowMs = performance.now();
    if (nowMs - this.#lastMs > REFUSED_FOR_MS) this.#firstMs = nowMs;
    this.#lastMs = nowMs;
    return nowMs - (word === "READONLY" ? this.#connectedMs : this.#firstMs) >= REFUSED_FOR_MS;
  }
}

function lookAt(client: Redis, giveUp: () => void): () => void {
  const { stream } = client;
  let bytesRead = 0;
  let silentLooks = 0;
  return () => {
    silentLooks = stream.bytesRead === bytesRead ? silentLooks + 1 : 0;
    ({ bytesRead } = stream);
    if (silentLooks === 1 && client.status === "ready") client.ping().catch(() => undefined); // its answer is noticed as received bytes
    if (silentLooks >= SILENT_LOOKS) giveUp();
  };
}
