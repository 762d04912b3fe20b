/** Names of counters in Redis: the key as hash tag, the algorithm, and with several windows also the window. */

import { ALGORITHMS } from "../../../../lua/algorithms.ts";

const PREFIX = "ratelimit:";
const COUNTER = new RegExp(String.raw`^${PREFIX}\{(.*)\}:(?:${ALGORITHMS.join("|")})(?::\d+)?$`, "s");

/** Pattern of every name that the limiter uses. */
export const EVERY_NAME: string = `${PREFIX}*`;

/** The limiter's key in the name of a counter, or `undefined` if it is not such a name. */
export function counterKeyOf(name: string): string | undefined {
  const tag = COUNTER.exec(name)?.[1];
  return tag?.startsWith("%") ? tag.slice(1) : tag;
}

/** First names of the counters of a key, where the value may also be a list of windows. */
export function counterNamesOf(key: string): readonly string[] {
  // A tag must not be empty, so the limiter marks keys that would make it empty, and keys that look marked.
  const tag = /^[}%]|^$/.test(key) ? `%${key}` : key;
  return ALGORITHMS.map((algorithm) => `${PREFIX}{${tag}}:${algorithm}`);
}
