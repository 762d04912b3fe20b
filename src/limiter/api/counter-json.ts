/** Counters as management shows them. */

import type { CounterReading } from "../decide/decision.ts";
import { askRedis } from "../decide/redis/ask-redis.ts";
import type { LimiterNode } from "../limiter-node.ts";

/** One counter in the API's form. */
export interface CounterJson {
  readonly key: string;
  readonly count: number;
  readonly limit: number;
  readonly remaining: number;
  readonly window_ms: number;
  readonly algorithm: string;
  readonly source: CounterReading["source"];
}

/** A counter in the API's form. */
export function counterJson({ key, count, limit, windowMs, algorithm, source }: CounterReading): CounterJson {
  const remaining = Math.max(0, limit - count);
  return { key, count, limit, remaining, window_ms: windowMs, algorithm, source };
}

/**
 * The counter of a key; a key without recent checks has one at 0.
 * @throws {ProbeError} If Redis does not answer in time.
 */
export async function readCounter({ decider, state }: LimiterNode, key: string): Promise<CounterReading> {
  const rule = state.complete({ key, cost: 1, limit: undefined, windowMs: undefined });
  const reading = await askRedis(`read counter "${key}"`, () => decider.counter(key, rule));
  if (reading) return reading;
  const { limit, windowMs, algorithm } = rule;
  return { key, limit, windowMs, algorithm, count: 0, source: decider.health().connected ? "redis" : "local" };
}
