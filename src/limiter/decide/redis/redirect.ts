/** Redirects a call whose slot a primary of a Cluster no longer has. */

import { setTimeout as delay } from "node:timers/promises";
import { Cluster } from "ioredis";
import type { RedisClient } from "../../../io/redis.ts";
import { primaryOf } from "../../../io/redis-cluster.ts";
import { callScript, defineScript, loadScript, type Script, type ScriptCall } from "./scripts.ts";

/** A call, and the redirection with which a primary refused it. */
export interface RedirectedCall {
  readonly refusal: string;
  readonly script: Script;
  readonly call: ScriptCall;
}

/** The primary that has the slot now did not decide either. */
export class RedirectError extends Error {
  override readonly name: string = "RedirectError";
}

/** The slot of several keys is moving: some are here and some there, and nothing was done. */
export class ScatteredError extends Error {
  override readonly name: string = "ScatteredError";
}

/** Maximum of servers asked: while a move ends, two may briefly point to each other. */
const FOLLOWED = 5;
/** The kind of a list of windows, as `lua/frame.lua` describes it. */
const GUARD = `for _, key in ipairs(KEYS) do
  if redis.pcall('GETRANGE', key, 0, 0) == 'W' then
    return redis.error_reply('TRYAGAIN not all windows of the key may be here')
  end
end
`;
const GUARDED = new Map<string, Script>();
/** Milliseconds before a server is asked a second time. */
const PAUSE_MS = 10;

/**
 * Calls a script for one key on the primary that has it, wherever its slot is moving to; without a Cluster, on the client.
 * @param send How it is called first.
 * @throws {Error} If Redis does not answer, no server has the slot, or only some of the counters of the key have moved.
 */
export async function callKeeper(
  client: RedisClient,
  { script, call }: Pick<RedirectedCall, "script" | "call">,
  send: typeof callScript = callScript,
): Promise<Float64Array> {
  if (!(client instanceof Cluster)) return await send(client, script, call);
  try {
    return await send(primaryOf(client, call.keys[0] ?? ""), script, call);
  } catch (error) {
    if (!isRedirect(error)) throw error;
    return await redirectCall(client, { refusal: error.message, script, call });
  }
}

/** Whether an error is a redirection to another primary: nothing was executed. */
export function isRedirect(error: unknown): error is Error {
  return error instanceof Error && /^(?:MOVED|ASK) /.test(error.message);
}

/** Whether a primary refuses a call because its keys are on different servers. */
export function isScattered(error: unknown, { keys }: ScriptCall): boolean {
  const isMoving = error instanceof Error && /^(?:ASK|TRYAGAIN) /.test(error.message);
  return isMoving && keys.some((key) => key !== keys[0]);
}

/**
 * Sends a call to the server that a refusal names. ioredis would refuse it while its connection to that one is being
 * opened; here it waits for that.
 * @throws {Error} If that server does not answer, or no server has the slot.
 */
export async function redirectCall(cluster: Cluster, { refusal, script, call }: RedirectedCall): Promise<Float64Array> {
  let pointed = refusal;
  for (let asked = 1; ; asked++) {
    try {
      return await follow(cluster, { refusal: pointed, script, call });
    } catch (error) {
      if (asked === FOLLOWED || !isRedirect(error)) throw error;
      pointed = error.message;
    }
    if (asked > 1) await delay(PAUSE_MS);
  }
}

function follow(cluster: Cluster, { refusal, script, call }: RedirectedCall): Promise<Float64Array> {
  const [word, , place] = refusal.split(" ");
  const server = cluster.nodes().find(({ options: { host, port } }) => `${host}:${port}` === place);
  if (!server) return callScript(cluster, script, call);
  if (word !== "ASK") {
    cluster.refreshSlotsCache();
    return callScript(server, script, call);
  }
  // ASKING applies only to the next command, so that must be the call itself.
  server.asking().catch(() => undefined);
  return loadScript(server, guarded(script), call);
}

/**
 * A script that refuses keys with counters of several windows: the names of those are in the first one only, and a
 * server to which a slot is moving takes any that has not come yet for one that does not exist.
 */
function guarded(script: Script): Script {
  return GUARDED.getOrInsertComputed(script.sha, () => defineScript(`${GUARD}${script.source}`));
}
