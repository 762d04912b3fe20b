/** Probes the address of a Redis when the client's error about a failed connection says too little. */

import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import type { RedisPlace } from "./redis-address.ts";
import { type RedisTrouble, troubleIn } from "./redis-trouble.ts";

/** Milliseconds that one probe may take. */
const LOOK_MS = 500;

/** Why no connection can be made; `undefined` if the first contact shows no problem. */
export async function contactTrouble({ hosts, tls }: RedisPlace): Promise<RedisTrouble | undefined> {
  const found = await Promise.all(hosts.map((host) => lookAt(host, tls)));
  // One reachable address of several is enough.
  return found.includes(undefined) ? undefined : found[0];
}

async function lookAt(host: RedisPlace["hosts"][number], tls: boolean): Promise<RedisTrouble | undefined> {
  const trouble = await attempt(() => connect(host), "connect");
  if (trouble) return trouble;
  const secure = await attempt(() => connectTls({ ...host, rejectUnauthorized: false }), "secureConnect");
  return (secure === undefined) === tls ? undefined : "tls";
}

/** The trouble of one attempt to connect; `undefined` if it succeeded. */
async function attempt(open: () => ReturnType<typeof connect>, event: string): Promise<RedisTrouble | undefined> {
  const socket = open();
  try {
    await once(socket, event, { signal: AbortSignal.timeout(LOOK_MS) });
    return undefined;
  } catch (error) {
    return troubleIn(error) ?? "ETIMEDOUT";
  } finally {
    socket.on("error", () => undefined); // it is closed
    socket.destroy();
  }
}
