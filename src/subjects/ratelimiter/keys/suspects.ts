/** Remembers components that recently did something that loses counts: it may be over when too much was allowed. */

import type { Probed } from "../../../core/subject/probe.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { isAnswer } from "../../../core/words/probe-outcome.ts";
import type { RedisReading } from "../client/redis-client.ts";
import type { NodeReading, Seen, Suspect } from "../observation.ts";
import { REDIS } from "../topology.ts";

/** Input of the search for suspects. */
export interface Sighted {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly nodes: readonly Pick<NodeReading, "component" | "health">[];
  readonly redis: Probed<Pick<RedisReading, "address" | "startedAtMs" | "evictedKeys" | "flushes">>;
}

/** Maximum age of an explanation. */
const FORGOTTEN_AFTER_MS = 600_000;

/** Seconds without Redis that are within the reading error. */
const BLINK_SECONDS = 0.02;

/** The suspects known so far, and those added by a look. */
export function suspectsOf(known: readonly Suspect[], before: Seen | undefined, now: Sighted): readonly Suspect[] {
  const fresh = [...now.nodes.flatMap((node) => nodeSuspect(node, before, now.atMs)), ...redisSuspect(before, now)];
  const names = new Set(fresh.map(({ component, why }) => `${component} ${why}`));
  const kept = known.filter(({ component, why }) => !names.has(`${component} ${why}`));
  return [...kept, ...fresh].filter(({ lastMs }) => lastMs > now.atMs - FORGOTTEN_AFTER_MS);
}

/** The readings with which the next look is compared; the last one of components that do not answer. */
export function seenBy({ nodes, redis }: Omit<Sighted, "atMs">, before: Seen | undefined): Seen {
  const answered = nodes.flatMap(({ component, health }) => {
    if ("failed" in health) return [];
    const { startedAtMs, degradedSeconds } = health.value;
    return [[component, { startedAtMs, degradedSeconds }] as const];
  });
  const redisNow = "value" in redis ? redis.value : before?.redis;

  return {
    nodes: { ...before?.nodes, ...Object.fromEntries(answered) },
    ...(redisNow && { redis: rememberedOf(redisNow) }),
  };
}

function rememberedOf(redis: NonNullable<Seen["redis"]>): NonNullable<Seen["redis"]> {
  const { address, startedAtMs, evictedKeys, flushes } = redis;
  return { ...(address !== undefined && { address }), startedAtMs, evictedKeys, flushes };
}

/**
 * The component to blame for an excess since then: a node for what it did alone, Redis for what it did itself. If several nodes
 * counted alone, no component can be singled out: each may have had a reason of its own, or Redis did not serve them.
 */
export function blame(suspects: readonly Suspect[], sinceMs: number): ComponentId | undefined {
  const recent = new Set(suspects.filter(({ lastMs }) => lastMs >= sinceMs).map(({ component }) => component));
  if (recent.has(REDIS)) return REDIS;
  const [first, ...others] = recent;
  return others.length === 0 ? first : undefined;
}

function nodeSuspect(
  { component, health }: Sighted["nodes"][number],
  before: Seen | undefined,
  lastMs: number,
): readonly Suspect[] {
  if ("failed" in health) return [];
  const was = before?.nodes[component] ?? health.value;
  const restarted = was.startedAtMs !== health.value.startedAtMs;
  const alone = !restarted && health.value.degradedSeconds > was.degradedSeconds + BLINK_SECONDS;
  return alone || !health.value.redisConnected ? [{ component, lastMs, why: "counted alone" }] : [];
}

function redisSuspect(before: Seen | undefined, { redis, atMs: lastMs }: Sighted): readonly Suspect[] {
  // A Redis that refuses the observer may still serve the nodes.
  if ("failed" in redis) return isAnswer(redis.outcome) ? [] : [{ component: REDIS, lastMs, why: "did not answer" }];
  if (!before?.redis) return [];
  const [was, is] = [before.redis, redis.value];
  // A new primary may lack writes that the former one had acknowledged.
  if (differ(was.address, is.address)) return [{ component: REDIS, lastMs, why: "was replaced" }];
  if (differ(was.startedAtMs, is.startedAtMs)) return [{ component: REDIS, lastMs, why: "restarted" }];
  const whys = [
    ...(rose(was.evictedKeys, is.evictedKeys) ? (["evicted keys"] as const) : []),
    ...(rose(was.flushes, is.flushes) ? (["was flushed"] as const) : []),
  ];
  return whys.map((why) => ({ component: REDIS, lastMs, why }));
}

/** Of what one of them does not tell nothing is known. */
function rose(one: number | undefined, other: number | undefined): boolean {
  return one !== undefined && other !== undefined && other > one;
}

/** Of what one of them does not tell nothing is known. */
function differ<T>(one: T | undefined, other: T | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}
