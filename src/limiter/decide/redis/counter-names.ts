/**
 * Names of counters in Redis: all counters of one key carry it as their hash tag, so that they share a slot. A key has a
 * counter for each algorithm and window; while that is one window, it needs no name of its own (`lua/frame.lua`).
 */

import { ALGORITHMS, type Algorithm } from "../../../../lua/algorithms.ts";

/** Which counter a name stands for. */
export interface CounterName {
  readonly key: string;
  readonly algorithm: Algorithm;
}

/** Name at which the counter of one key by one algorithm is found, for instance `ratelimit:{user:7}:gcra`. */
export function counterName(prefix: string, key: string, algorithm: Algorithm): string {
  return `${prefix}{${tagOf(key)}}:${algorithm}`;
}

/** Name that has the slot of the key's counters and is none. */
export function probeName(prefix: string, key: string): string {
  return `${prefix}{${tagOf(key)}}:probe`;
}

/** The counter of that name; `undefined` if it is not the name of one. */
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

/** A tag must not be empty: Redis takes what is between the first brace and the next closing one, and all of the name if that is nothing. */
function tagOf(key: string): string {
  const first = key.codePointAt(0);
  return first === undefined || first === 0x7d || first === 0x25 ? `%${key}` : key;
}
