/** The Lua scripts, by algorithm, and how one is called. */

import { createHash } from "node:crypto";
import { ALGORITHM_FACTS, type Algorithm, eachAlgorithm } from "../../../../lua/algorithms.ts";
import frame from "../../../../lua/frame.lua" with { type: "text" };
import reset from "../../../../lua/reset.lua" with { type: "text" };
import type { RedisClient } from "../../../io/redis.ts";

/** A script as Redis knows it. */
export interface Script {
  readonly source: string;
  /** SHA-1 of the source, by which Redis keeps it. */
  readonly sha: string;
}

/** What a script is called with. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** The script of each algorithm. */
export const SCRIPTS: Readonly<Record<Algorithm, Script>> = eachAlgorithm((algorithm) =>
  defineScript(framed(ALGORITHM_FACTS[algorithm].script)),
);

/** Forgets what is counted, whatever the algorithm. */
export const RESET_SCRIPT: Script = defineScript(reset);

/** Makes a script of its source. */
export function defineScript(source: string): Script {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}

/**
 * Calls a script, and loads it where Redis does not know it. That answer means that nothing was done, so this is the one case in which a call is repeated.
 * @throws {Error} If Redis does not answer or the script fails.
 */
export async function callScript(client: RedisClient, script: Script, call: ScriptCall): Promise<Float64Array> {
  const args = [call.keys.length, ...call.keys, ...call.args];
  try {
    return doubles(await client.callBuffer("evalsha", [script.sha, ...args]));
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return doubles(await client.callBuffer("eval", [script.source, ...args]));
  }
}

/** Numbers come packed in one string: a client reads that many times faster than as many numbers of the protocol. */
function doubles(reply: unknown): Float64Array {
  if (!(reply instanceof Uint8Array))
    throw new TypeError(`Cannot read reply of a script: ${typeof reply}, expected bytes`);
  return new Float64Array(new Uint8Array(reply).buffer);
}

function framed(algorithm: string): string {
  return frame.replace("--- The algorithm ---", () => algorithm);
}
