/** Probes the address of a Redis when the client's error about a failed connection says too little, and what comes back from it. */

import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import type { RedisPlace } from "./redis-address.ts";
import { type RedisTrouble, troubleIn } from "./redis-trouble.ts";
import type { HostPort } from "./system/tcp.ts";

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

/** Where a server listens, and whether by TLS. */
export interface Server extends HostPort {
  readonly tls: boolean;
}

/** A command that every Redis answers, in any state and without a password, and that it does not count as an error. */
const QUESTION = "QUIT\r\n";

/** Milliseconds from a question on a separate connection until the first byte that comes back; `undefined` if none does in time. */
export async function firstByteMs({ tls, ...place }: Server, withinMs: number): Promise<number | undefined> {
  const socket = tls ? connectTls({ ...place, rejectUnauthorized: false }) : connect(place);
  socket.unref(); // a process that ends does not wait for it
  const signal = AbortSignal.timeout(withinMs);
  try {
    await once(socket, tls ? "secureConnect" : "connect", { signal });
    const sentMs = performance.now();
    socket.write(QUESTION);
    await once(socket, "data", { signal });
    return performance.now() - sentMs;
  } catch {
    return undefined;
  } finally {
    close(socket);
  }
}

/** What goes wrong on it from then on concerns nobody. */
function close(socket: ReturnType<typeof connect>): void {
  socket.on("error", () => undefined);
  socket.destroy();
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
    close(socket);
  }
}
