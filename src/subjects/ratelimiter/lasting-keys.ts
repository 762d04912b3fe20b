/** Finds counters that live for ever without reading all keys: Redis counts for itself how many keys do not expire. */

import type { RedisInspector } from "./redis-client.ts";

/** Which counters live for ever. */
export interface LastingKeys {
  readonly keys: readonly string[];
  /** Whether every key that lives for ever has been looked at. */
  readonly complete: boolean;
}

/** Counters at most that are remembered to live for ever. */
const REMEMBERED = 50;

/** Remembers what it has found, and looks further only while there are more keys without expiry than it can explain. */
export class LastingKeysFinder {
  readonly #redis: Pick<RedisInspector, "lives" | "scan">;
  readonly #known = new Set<string>();
  /** Keys without expiry that are no counters. */
  #others = 0;
  /** Keys without expiry when the pass through all keys began. */
  #passBegan: number | undefined;

  constructor(redis: Pick<RedisInspector, "lives" | "scan">) {
    this.#redis = redis;
  }

  /**
   * One bounded look; a pass through all keys may take several.
   * @throws {ProbeError} If Redis does not answer.
   */
  async look({ keysWithoutExpiry }: { keysWithoutExpiry: number }, signal: AbortSignal): Promise<LastingKeys> {
    await this.#forgetMended(signal);
    this.#others = Math.max(0, Math.min(this.#others, keysWithoutExpiry - this.#known.size));
    if (keysWithoutExpiry <= this.#others + this.#known.size) return { keys: [...this.#known], complete: true };
    this.#passBegan ??= keysWithoutExpiry;
    const { found, complete } = await this.#redis.scan(signal);
    for (const key of found) if (this.#known.size < REMEMBERED) this.#known.add(key);
    if (complete) {
      // What began to live for ever during the pass may have been passed over: the next one will see it.
      this.#others = Math.max(0, Math.min(this.#passBegan, keysWithoutExpiry) - this.#known.size);
      this.#passBegan = undefined;
    }
    return { keys: [...this.#known], complete };
  }

  async #forgetMended(signal: AbortSignal): Promise<void> {
    const keys = [...this.#known];
    const lives = keys.length > 0 ? await this.#redis.lives(keys, signal) : [];
    for (const [index, key] of keys.entries()) if (lives[index]?.lifeMs !== -1) this.#known.delete(key);
  }
}
