/** Finds wrong clocks: those of nodes, Redis primaries and the observer are compared, and the median is taken as right. */

import type { Read } from "../../core/subject/probe.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { RedisReading } from "./client/redis-client.ts";
import type { RedisPrimary } from "./client/redis-primaries.ts";
import type { Register } from "./client/replies.ts";
import type { NodeReading } from "./observation.ts";

/** The clocks at one moment, in milliseconds ahead of the median. */
export interface Clocks {
  readonly primaries: readonly { readonly primary: RedisPrimary; readonly offsetMs: number }[];
  /** Converts an offset from Redis to an offset from the median. */
  readonly ofNode: (aheadOfRedisMs: number) => number;
}

/** Offsets of nodes from the median of their clocks and the observer's, as they told the observer the time themselves. */
export function toldOffsets(nodes: readonly NodeReading[]): ReadonlyMap<ComponentId, number> {
  const told = nodes.flatMap(({ component, clockAheadMs: aheadMs }) =>
    aheadMs === undefined ? [] : [{ component, aheadMs }],
  );
  const middleMs = medianOf([0, ...told.map(({ aheadMs }) => aheadMs)]);
  return new Map(told.map(({ component, aheadMs }) => [component, Math.round(aheadMs - middleMs) + 0]));
}

/** Compares all clocks; `undefined` if the offset of Redis from the observer is unknown, or there is no third clock. */
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
 * Whether the life of a counter of that window is unreliable: the clock of its primary has stepped since it was
 * written, or may have.
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
