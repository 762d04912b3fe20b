/**
 * Names of counters in Redis: all counters of one key carry it as their hash tag, so that they share a slot. A key has
 * a counter for each algorithm and window; while there is only one window, its counter has the plain name
 * (`lua/frame.lua`).
 */

import { ALGORITHMS, type Algorithm } from "../../../../lua/algorithms.ts";

/** The counter that a name refers to. */
export interface CounterName {
  readonly key: string;
  readonly algorithm: Algorithm;
}

/** Name at which the counter of one key by one algorithm is found, for instance `ratelimit:{user:7}:gcra`. */
export function counterName(prefix: string, key: string, algorithm: Algorithm): string {
  return `${prefix}{${tagOf(key)}}:${algorithm}`;
}

/** A name in the slot of the key's counters that is not a counter. */
export function probeName(prefix: string, key: string): string {
  return `${prefix}{${tagOf(key)}}:probe`;
}

/** The counter of that name; `undefined` if the name is not one of a counter. */
export function parseCounterName(prefix: string, name: string): CounterName | undefined {
  const end = name.lastIndexOf("}:");
  const [rest, windowMs] = name.slice(end + 2).split(":", 2);
  if (windowMs !== undefined && !/^[1-9]\d*$/.test(windowMs)) return undefined;
  const algorithm = ALGORITHMS.find((known) => known === rest);
  if (!algorithm || !name.startsWith(`${prefix}{`)) return undefined;
  const tag = name.slice(prefix.length + 1, end);
  return { key: tag.startsWith("%") ? tag.slice(1) : tag, algorithm };
}

/** Pattern for SCAN of all counters whose keys begin with that text. */
export function counterPattern(prefix: string, keyPrefix: string): string {
  const start = keyPrefix && tagOf(keyPrefix);
  return `${`${prefix}{${start}`.replaceAll(/[*?[\]\\^]/g, String.raw`\$&`)}*`;
}

/** A tag must not be empty: Redis uses the text between the first brace and the next closing one, or the whole name if that is empty. */
function tagOf(key: string): string {
  const first = key.codePointAt(0);
  return first === undefined || first === 0x7d || first === 0x25 ? `%${key}` : key;
}
