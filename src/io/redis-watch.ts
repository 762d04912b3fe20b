/** The rule for every connection to Redis: one that is silent or refused for a second is closed, and another is opened. */

import type { Redis } from "ioredis";
import { type RedisTrouble, troubleInReply } from "./redis-trouble.ts";

/** Milliseconds between two looks at a connection. */
const LOOK_EVERY_MS = 200;
/** Looks in a row that see nothing come back until a connection counts as silent: a second in which this process ran. */
const SILENT_LOOKS = 5;
/** Milliseconds for which a server refuses to serve, one refusal at most as long after the other, until it is left. */
const REFUSED_FOR_MS = 1000;
/** Refusals of a server that does not serve now, while another one may. */
const NOT_SERVING: ReadonlySet<RedisTrouble> = new Set([
  "READONLY",
  "MASTERDOWN",
  "NOREPLICAS",
  "LOADING",
  "CLUSTERDOWN",
  "NOAUTH",
]);

/**
 * Calls `giveUp` when nothing has come back on the connection of a client for a second, the handshake included, or when
 * its server refuses to serve for so long. A connection without traffic is asked with PING, so that one that only listens
 * is watched like all others.
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

/** What one connection was refused. */
class Refusals {
  readonly #connectedMs = performance.now();
  #firstMs = Number.NEGATIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** Notes one more. A server that is a replica is left at once, unless the connection is as young: another one is the primary. */
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
    if (silentLooks === 1 && client.status === "ready") client.ping().catch(() => undefined); // its answer is seen as bytes
    if (silentLooks >= SILENT_LOOKS) giveUp();
  };
}
