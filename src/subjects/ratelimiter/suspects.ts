/** Remembers who lately did what lets counts be lost: by the time that too much was allowed, it may be over. */

import type { ComponentId } from "../../core/ids.ts";
import type { NodeReading, RateLimiterObservation, Suspect } from "./observation.ts";
import { REDIS } from "./topology.ts";

/** What two looks are compared by. */
type Look = Pick<RateLimiterObservation, "atMs" | "nodes" | "redis">;

/** Longer ago than this it explains nothing. */
const FORGOTTEN_AFTER_MS = 600_000;

/** Seconds without Redis that are no more than the error of reading them. */
const BLINK_SECONDS = 0.02;

/** The suspects known so far, and those that a look adds to them. */
export function suspectsOf(known: readonly Suspect[], before: Look | undefined, now: Look): readonly Suspect[] {
  const fresh = [...now.nodes.flatMap((node) => nodeSuspect(node, before, now.atMs)), ...redisSuspect(before, now)];
  const names = new Set(fresh.map(({ component, why }) => `${component} ${why}`));
  const kept = known.filter(({ component, why }) => !names.has(`${component} ${why}`));
  return [...kept, ...fresh].filter(({ lastMs }) => lastMs > now.atMs - FORGOTTEN_AFTER_MS);
}

/** Who is to blame for what happened since then: Redis for what several nodes share, a node for what it did alone. */
export function blame(suspects: readonly Suspect[], sinceMs: number): ComponentId | undefined {
  const recent = new Set(suspects.filter(({ lastMs }) => lastMs >= sinceMs).map(({ component }) => component));
  const [first, ...others] = recent;
  return others.length > 0 ? REDIS : first;
}

function nodeSuspect({ component, health }: NodeReading, before: Look | undefined, lastMs: number): readonly Suspect[] {
  if ("failed" in health) return [];
  const earlier = before?.nodes.find((node) => node.component === component)?.health;
  const was = earlier && "value" in earlier ? earlier.value : health.value;
  const restarted = was.startedAtMs !== health.value.startedAtMs;
  const alone = !restarted && health.value.degradedSeconds > was.degradedSeconds + BLINK_SECONDS;
  return alone || !health.value.redisConnected ? [{ component, lastMs, why: "counted alone" }] : [];
}

function redisSuspect(before: Look | undefined, { redis, atMs: lastMs }: Look): readonly Suspect[] {
  if ("failed" in redis) return [{ component: REDIS, lastMs, why: "did not answer" }];
  if (!before || "failed" in before.redis) return [];
  const [was, is] = [before.redis.value, redis.value];
  if (was.startedAtMs !== is.startedAtMs) return [{ component: REDIS, lastMs, why: "restarted" }];
  return is.evictedKeys > was.evictedKeys ? [{ component: REDIS, lastMs, why: "evicted keys" }] : [];
}
