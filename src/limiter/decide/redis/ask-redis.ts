/** Calls to Redis for management, whose errors name their purpose. */

import { ProbeError } from "../../../core/text/errors.ts";
import type { RedisClient } from "../../../io/redis.ts";
import { describeTrouble, type RedisTrouble, troubleIn } from "../../../io/redis-trouble.ts";
import { inTime, NoAnswerError } from "../late-after.ts";

/** Milliseconds within which Redis must answer, slightly more than the bounded steps of a call take together. */
const ANSWERED_WITHIN_MS = 1200;

/**
 * The answer to one call, if it comes in time.
 * @param trouble Known reason why Redis cannot be used, for a failure that gives none.
 * @throws {ProbeError} If there is none. A write that timed out may still be applied.
 */
export async function askRedis<T>(
  purpose: string,
  call: () => Promise<T>,
  trouble?: () => RedisTrouble | undefined,
): Promise<T> {
  try {
    return await inTime(call(), ANSWERED_WITHIN_MS);
  } catch (error) {
    const word = error instanceof NoAnswerError ? "silent" : (troubleIn(error) ?? trouble?.());
    const reason = word === undefined || word === "silent" ? "Redis did not confirm it" : describeTrouble(word);
    // The client's own messages are for programmers.
    const cause = refusalWordOf(error) === undefined ? undefined : error;
    throw new ProbeError(`Cannot ${purpose}: ${reason}`, { word, ...(cause !== undefined && { cause }) });
  }
}

/** The error code with which Redis refused, such as `OOM` or `READONLY`; `undefined` if it did not answer. */
export function refusalWordOf(error: unknown): string | undefined {
  if (!(error instanceof Error && error.name === "ReplyError")) return undefined;
  return /^[A-Z]+/.exec(error.message)?.[0] ?? "ERR";
}

/** Resolves when the connection is ready, or after the time limit. */
export async function awaitReady(redis: RedisClient, timeoutMs = 1000): Promise<void> {
  if (redis.status === "ready") return;
  const { promise, resolve } = Promise.withResolvers<void>();
  redis.once("ready", resolve);
  const timer = setTimeout(resolve, timeoutMs);
  await promise;
  clearTimeout(timer);
  redis.off("ready", resolve);
}
