/** Checks whether a process of a deployment answers as ready. */

import { requestText } from "../../io/http/http.ts";
import { acceptsTcp, exchange } from "../../io/system/tcp.ts";
import type { Ready } from "../recipe.ts";
import type { Folder } from "./folder/folder.ts";
import { readSecret } from "./folder/secrets.ts";

/** Milliseconds that one request may take. */
const ANSWER_TIMEOUT_MS = 2000;

/** Address and secrets of a check. */
export interface AskOptions {
  /** `host:port`, which may also be a link's. */
  readonly address: string;
  readonly folder: Folder;
  readonly signal: AbortSignal;
}

/** Asks once. */
export async function isReady(ready: Ready, { address, folder, signal }: AskOptions): Promise<boolean> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
  switch (ready.by) {
    case "tcp":
      return await acceptsTcp(address, bounded);
    case "redis":
      return await answersRedis(ready.password && readSecret(ready.password, folder), address, bounded);
    case "http":
      return await answersHttp(`http://${address}${ready.path}`, bounded);
  }
}

/** A Redis that refuses the password is not ready: no client can use it. */
async function answersRedis(password: string | undefined, address: string, signal: AbortSignal): Promise<boolean> {
  const commands = [...(password === undefined ? [] : [["AUTH", password]]), ["PING"]];
  const wanted = [...(password === undefined ? [] : ["+OK"]), "+PONG", ""].join("\r\n");
  const send = commands.map(inRedisProtocol).join("");
  const isWhole = (text: string): boolean => text.length >= wanted.length || text.startsWith("-");
  return (await exchange(address, { send, signal, isWhole })) === wanted;
}

function inRedisProtocol(words: readonly string[]): string {
  return [`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ""].join("\r\n");
}

async function answersHttp(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    await requestText(url, { signal });
    return true;
  } catch {
    return false;
  }
}
