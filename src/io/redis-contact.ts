/** Looks at the address of a Redis itself, where what the client says of a failed connection tells too little. */

import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import type { RedisPlace } from "./redis-address.ts";
import { type RedisTrouble, troubleIn } from "./redis-trouble.ts";

/** Milliseconds that one look may take. */
const LOOK_MS = 500;

/** Why no connection comes about; `undefined` where the first contact shows nothing wrong. */
export async function contactTrouble({ hosts, tls }: RedisPlace): Promise<RedisTrouble | undefined> {
  const found = await Promise.all(hosts.map((host) => lookAt(host, tls)));
  // One of several that can be reached is enough.
  return found.includes(undefined) ? undefined : found[0];
}

async function lookAt(host: RedisPlace["hosts"][number], tls: boolean): Promise<RedisTrouble | undefined> {
  const trouble = await attempt(() => connect(host), "connect");
  if (trouble) return trouble;
  const secure = await attempt(() => connectTls({ ...host, rejectUnauthorized: false }), "secureConnect");
  return (secure === undefined) === tls ? undefined : "tls";
}

/** What one attempt to connect came to; `undefined` if there was a connection. */
async function attempt(open: () => ReturnType<typeof connect>, event: string): Promise<RedisTrouble | undefined> {
  const socket = open();
  try {
    await once(socket, event, { signal: AbortSignal.timeout(LOOK_MS) });
    return undefined;
  } catch (error) {
    return troubleIn(error) ?? "ETIMEDOUT";
  } finally {
    socket.on("error", () => undefined); // it is given up
    socket.destroy();
  }
}
