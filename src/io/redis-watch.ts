/** The rule for every connection to Redis: one that is silent or refused for a second is closed, and another is opened. */

import type { Redis } from "ioredis";
import { type RedisTrouble, troubleInReply } from "./redis-trouble.ts";

/** Milliseconds between two looks at a connection. */
const LOOK_EVERY_MS = 200;
/** Looks in a row that see nothing come back until a connection counts as silent: a second in which this process ran. */
const SILENT_LOOKS = 5;
/** Milliseconds that a connection lives at least before a refusal closes it. */
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
 * its server refuses to serve. A connection without traffic is asked with PING, so that one that only listens is watched
 * like all others.
 */
export function watchConnection(client: Redis, giveUp: () => void): void {
  let timer: NodeJS.Timeout | undefined;
  let connectedMs = Number.NEGATIVE_INFINITY;
  client.on("connect", () => {
    connectedMs = performance.now();
    clearInterval(timer);
    timer = setInterval(lookAt(client, giveUp), LOOK_EVERY_MS).unref();
  });
  client.on("close", () => clearInterval(timer));
  client.options.reconnectOnError = ({ message }) => {
    const isRefused = NOT_SERVING.has(troubleInReply(message)) && performance.now() - connectedMs >= REFUSED_FOR_MS;
    if (isRefused) giveUp();
    return false; // the connection is closed already
  };
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
