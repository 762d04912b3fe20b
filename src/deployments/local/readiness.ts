/** Whether a process of a deployment answers as a ready one does. */

import { requestText } from "../../io/http.ts";
import { acceptsTcp, exchange } from "../../io/tcp.ts";
import type { Ready } from "./plan.ts";

/** Milliseconds that one question may take. */
const ANSWER_TIMEOUT_MS = 2000;

/** Asks once, at an address that may also be a link's. */
export async function isReady(ready: Ready, address: string, signal: AbortSignal): Promise<boolean> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
  switch (ready.by) {
    case "tcp":
      return await acceptsTcp(address, bounded);
    case "redis":
      return (await exchange(address, { send: "PING\r\n", signal: bounded }))?.startsWith("+PONG") ?? false;
    case "http":
      return await answersHttp(`http://${address}${ready.path}`, bounded);
  }
}

async function answersHttp(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    await requestText(url, { signal });
    return true;
  } catch {
    return false;
  }
}
