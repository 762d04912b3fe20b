/** Calls to Redis for management: those that fail say what they were for. */

import { ProbeError } from "../core/errors.ts";
import type { RedisClient } from "../io/redis.ts";

/**
 * The answer to one call.
 * @throws {ProbeError} If there is none. A write that timed out may still be applied.
 */
export async function askRedis<T>(purpose: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new ProbeError(`Cannot ${purpose}: Redis does not confirm it`, { cause });
  }
}

/** Resolves when the connection is ready, or when it has not become so in time. */
export async function awaitReady(redis: RedisClient, timeoutMs = 1000): Promise<void> {
  if (redis.status === "ready") return;
  const { promise, resolve } = Promise.withResolvers<void>();
  redis.once("ready", resolve);
  const timer = setTimeout(resolve, timeoutMs);
  await promise;
  clearTimeout(timer);
  redis.off("ready", resolve);
}
