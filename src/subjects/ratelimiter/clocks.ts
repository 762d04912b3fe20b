/** Whose clock is off: nodes, primaries of Redis and the observer are compared with each other, and the one in the middle is right. */

import type { Read } from "../../core/subject/probe.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { RedisReading } from "./client/redis-client.ts";
import type { RedisPrimary } from "./client/redis-primaries.ts";
import type { Register } from "./client/replies.ts";

/** The clocks at one moment, in milliseconds ahead of the one in the middle. */
export interface Clocks {
  readonly primaries: readonly { readonly primary: RedisPrimary; readonly offsetMs: number }[];
  /** How far a clock that is so far ahead of Redis is ahead of the middle. */
  readonly ofNode: (aheadOfRedisMs: number) => number;
}

/** Compares all clocks; `undefined` where that of Redis is not known beside the observer's, or there is no third one. */
export function compareClocks(redis: Read<RedisReading>, { rows }: Register): Clocks | undefined {
  const primaries = "value" in redis ? (redis.value.primaries ?? []) : [];
  const timed = primaries.flatMap(({ clockOffsetMs: aheadMs, ...primary }) =>
    aheadMs === undefined ? [] : [{ primary, aheadMs }],
  );
  const keeper = timed.find(({ primary }) => primary.hasRegister);
  if (!keeper || timed.length + rows.length < 2) return undefined;
  const nodes = rows.map(({ clockOffsetMs }) => clockOffsetMs + keeper.aheadMs);
  const middleMs = medianOf([0, ...nodes, ...timed.map(({ aheadMs }) => aheadMs)]);
  return {
    primaries: timed.map(({ primary, aheadMs }) => ({ primary, offsetMs: aheadMs - middleMs })),
    ofNode: (aheadOfRedisMs) => aheadOfRedisMs + keeper.aheadMs - middleMs,
  };
}

/**
 * Whether a counter of that window says nothing true about how long it lives: the clock of its primary has stepped since
 * it was written, or may have.
 */
export function isUntimely(
  primaries: readonly RedisPrimary[],
  keeper: ComponentId | undefined,
  { windowMs, atMs }: { readonly windowMs: number; readonly atMs: number },
): boolean {
  const step = primaries.find(({ component }, at) => (keeper === undefined ? at === 0 : component === keeper))?.step;
  return step !== undefined && atMs - step.atMs < Math.abs(step.byMs) + 3 * windowMs;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}
