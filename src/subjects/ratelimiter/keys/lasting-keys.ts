/**
 * Finds counters without expiry without reading all keys: Redis reports how many keys have no expiry. Without that
 * number, all keys are read, a few at a time, repeatedly.
 */

import type { RedisInspector, ScanPosition } from "../client/redis-client.ts";

/** The label with which the picture names a counter without expiry. */
export const LASTING_KEY = "lasting_key";

/** Counters without expiry, and the progress of the search. */
export interface LastingKeys {
  readonly keys: readonly string[];
  /** Whether every key without expiry has been examined; by the last pass, if Redis does not report their number. */
  readonly complete: boolean;
  /** Keys without expiry that are not counters. */
  readonly others: number;
  /** The pass through all keys that is under way. */
  readonly pass?: { readonly position: ScanPosition; readonly keysWithoutExpiry: number | undefined };
}

/** Maximum of counters without expiry that are remembered. */
const REMEMBERED = 50;

/** Before the first step, where Redis counts keys without expiry. */
const NOTHING_FOUND: LastingKeys = { keys: [], complete: true, others: 0 };

/** Position at which the search continues. */
export interface Search {
  readonly redis: Pick<RedisInspector, "lives" | "scan">;
  readonly signal: AbortSignal;
}

/**
 * One bounded step of the search; a pass through all keys may take several.
 * @param keysWithoutExpiry `undefined` if Redis does not report it.
 * @throws {ProbeError} If Redis does not answer, or refuses.
 */
export async function searchOn(
  before: LastingKeys | undefined,
  keysWithoutExpiry: number | undefined,
  search: Search,
): Promise<LastingKeys> {
  if (keysWithoutExpiry === undefined) return await readOn(before, search);
  return await searchCounted(before ?? NOTHING_FOUND, keysWithoutExpiry, search);
}

/** Continues where the last step ended. */
async function readOn(before: LastingKeys | undefined, { redis, signal }: Search): Promise<LastingKeys> {
  const known = await stillLasting(before?.keys ?? [], { redis, signal });
  const { found, complete, position } = await redis.scan(before?.pass?.position ?? [], signal);
  const keys = [...new Set([...known, ...found])].slice(0, Math.max(REMEMBERED, known.length));
  const wasComplete = before?.complete ?? false;
  if (complete) return { keys, complete, others: 0 };
  return { keys, complete: wasComplete, others: 0, pass: { position, keysWithoutExpiry: undefined } };
}

async function searchCounted(
  before: LastingKeys,
  keysWithoutExpiry: number,
  { redis, signal }: Search,
): Promise<LastingKeys> {
  const known = await stillLasting(before.keys, { redis, signal });
  const others = Math.max(0, Math.min(before.others, keysWithoutExpiry - known.length));
  if (keysWithoutExpiry <= others + known.length) {
    return { keys: known, complete: true, others, ...(before.pass && { pass: before.pass }) };
  }
  const began = before.pass?.keysWithoutExpiry ?? keysWithoutExpiry;
  const { found, complete, position } = await redis.scan(before.pass?.position ?? [], signal);
  const keys = [...new Set([...known, ...found])].slice(0, Math.max(REMEMBERED, known.length));
  if (!complete) return { keys, complete, others, pass: { position, keysWithoutExpiry: began } };
  // A counter that lost its expiry during the pass may have been missed: the next pass will find it.
  return { keys, complete, others: Math.max(0, Math.min(began, keysWithoutExpiry) - keys.length) };
}

async function stillLasting(keys: readonly string[], { redis, signal }: Search): Promise<readonly string[]> {
  if (keys.length === 0) return [];
  const lives = await redis.lives(keys, signal);
  return keys.filter((_, index) => {
    const life = lives[index];
    // Counters that cannot be read now keep their last reading.
    return life && ("failed" in life || life.value.lifeMs === -1);
  });
}
