/** The Lua scripts, by algorithm, and how one is called. */

import { createHash } from "node:crypto";
import { ALGORITHM_FACTS, type Algorithm, eachAlgorithm } from "../../../../lua/algorithms.ts";
import frame from "../../../../lua/frame.lua" with { type: "text" };
import open from "../../../../lua/open.lua" with { type: "text" };
import reportFrame from "../../../../lua/reports/frame.lua" with { type: "text" };
import reset from "../../../../lua/reset.lua" with { type: "text" };
import type { RedisClient } from "../../../io/redis.ts";

/** A script and its hash in Redis. */
export interface Script {
  readonly source: string;
  /** SHA-1 of the source, by which Redis keeps it. */
  readonly sha: string;
}

/** Keys and arguments of a call. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** A placeholder line in a frame. */
const PLACE = /^ *--- (\w+) ---\n/gm;

/** The script of each algorithm. */
export const SCRIPTS: Readonly<Record<Algorithm, Script>> = eachAlgorithm((algorithm) =>
  defineScript(compose(frame, partsOf(algorithm))),
);

/** The script that counts what a node admitted alone, by algorithm. */
export const REPORT_SCRIPTS: Readonly<Record<Algorithm, Script>> = eachAlgorithm((algorithm) => {
  const [head = ""] = frame.split(PLACE);
  const parts = partsOf(algorithm);
  return defineScript(compose(`${head}--- declarations ---\n${reportFrame}`, parts));
});

/** The script that resets a counter of any algorithm. */
export const RESET_SCRIPT: Script = defineScript(reset);

/** Makes a script from its source. */
export function defineScript(source: string): Script {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}

/**
 * Calls a script, and loads it where Redis does not know it. That answer means that nothing was executed, so only then
 * is a call repeated.
 * @throws {Error} If Redis does not answer or the script fails.
 */
export async function callScript(client: RedisClient, script: Script, call: ScriptCall): Promise<Float64Array> {
  try {
    return doubles(await client.callBuffer("evalsha", argumentsOf(script.sha, call)));
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return await loadScript(client, script, call);
  }
}

/**
 * Calls a script by its source, whether Redis knows it or not, so that the order of calls is kept.
 * @throws {Error} If Redis does not answer or the script fails.
 */
export async function loadScript(client: RedisClient, script: Script, call: ScriptCall): Promise<Float64Array> {
  return doubles(await client.callBuffer("eval", argumentsOf(script.source, call)));
}

function argumentsOf(script: string, { keys, args }: ScriptCall): (string | number)[] {
  return [script, keys.length, ...keys, ...args];
}

/** Numbers are packed in one string, which a client parses many times faster than protocol numbers. */
function doubles(reply: unknown): Float64Array {
  if (!(reply instanceof Uint8Array))
    throw new TypeError(`Cannot read reply of a script: ${typeof reply}, expected bytes`);
  return new Float64Array(new Uint8Array(reply).buffer);
}

/** Texts for the placeholders of the frames, by name. */
function partsOf(algorithm: Algorithm): Readonly<Record<string, string>> {
  const { script, report } = ALGORITHM_FACTS[algorithm];
  const [declarations = "", ...named] = script.split(PLACE);
  const parts = named.map((part, at): [string, string] => [part, named[at + 1] ?? ""]);
  return { declarations, open, merge: report, ...Object.fromEntries(parts.filter((_, at) => at % 2 === 0)) };
}

function compose(template: string, parts: Readonly<Record<string, string>>): string {
  return template.replaceAll(PLACE, (line, place: string) => parts[place] ?? line);
}
