/** Decides by Redis while it answers in time, else by the failure policy. */

import type { Decider, OnRedisCall, RedisFailurePolicy } from "./decision.ts";

/** Where a decider's Redis is, and what it does without it. */
export interface DeciderOptions {
  /** In the forms of `connectRedis`. */
  readonly redisUrl: string;
  /** What every key in Redis begins with. @default {"ratelimit:"} */
  readonly prefix?: string;
  readonly onRedisFailure: RedisFailurePolicy;
  /** Milliseconds that Redis may take for a check. @default {100} */
  readonly timeoutMs?: number;
  readonly onRedisCall?: OnRedisCall;
}

/**
 * Opens a decider. It connects in the background; until it has, the failure policy answers.
 * @throws {InvalidInputError} If the address of Redis does not have the form it must have.
 */
export function openDecider(options: DeciderOptions): Decider {
  throw new Error(`Cannot decide by "${options.redisUrl}": not there yet, expected in the next commit`);
}
