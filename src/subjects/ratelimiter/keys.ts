/** Which keys one look examines closely, so that a hundred thousand of them cost no more than a few. */

import type { EntityId } from "../../core/ids.ts";
import { probe } from "../../core/invariant.ts";
import { worstPeak } from "./admission-sums.ts";
import type { RateLimiterClient } from "./client.ts";
import type { KeyReading, NodeReading } from "./observation.ts";
import type { AdmissionSeries } from "./replies.ts";

const KIND = "counter/";

/** Heaviest keys that are examined in any case. */
const HEAVIEST = 8;

/** Keys at most that are examined because they seem to have been allowed too much. */
const SUSPICIOUS = 20;

/** The entity that judgements of a key are about. */
export function entityOfKey(key: string): EntityId {
  return `${KIND}${key}`;
}

/** The keys among entities. */
export function keysOf(entities: Iterable<EntityId>): readonly string[] {
  return [...entities].filter((entity) => entity.startsWith(KIND)).map((entity) => entity.slice(KIND.length));
}

/** The nodes' logs of each key. */
export function logsByKey(nodes: readonly NodeReading[]): ReadonlyMap<string, readonly AdmissionSeries[]> {
  const logs = nodes.flatMap(({ admissions }) => ("value" in admissions ? admissions.value.series : []));
  return Map.groupBy(logs, ({ key }) => key);
}

/** The keys given, the heaviest, and those that seem to have been allowed more than their limit. */
export function worthALook(nodes: readonly NodeReading[], given: readonly string[]): readonly string[] {
  const logs = [...logsByKey(nodes)].map(([key, series]) => ({
    key,
    units: unitsOf(series),
    excess: excessOf(series),
  }));
  const heaviest = logs.toSorted((a, b) => b.units - a.units).slice(0, HEAVIEST);
  const suspicious = logs
    .filter(({ excess }) => excess > 1)
    .toSorted((a, b) => b.excess - a.excess)
    .slice(0, SUSPICIOUS);
  return [...new Set([...given, ...[...heaviest, ...suspicious].map(({ key }) => key)])];
}

/** What is read of the chosen keys. */
export interface KeysQuestion {
  readonly names: readonly string[];
  /** Nodes as they have just answered; those that did not are not asked again. */
  readonly nodes: readonly NodeReading[];
  readonly signal: AbortSignal;
}

/** Asks every node, and Redis itself, for each of the keys. */
export async function readKeys(
  client: RateLimiterClient,
  { names, nodes, signal }: KeysQuestion,
): Promise<readonly KeyReading[]> {
  const answering = new Set(nodes.filter(({ health }) => "value" in health).map(({ component }) => component));
  const asked = client.nodes.filter(({ component }) => answering.has(component));
  const lives = await probe(() => client.redis.lives(names, signal));
  return await Promise.all(
    names.map(async (key, index) => {
      const begunMs = performance.now();
      const counters = await Promise.all(
        asked.map(async (node) => ({
          component: node.component,
          counter: await probe(() => node.counter(key, signal)),
        })),
      );
      const spreadMs = performance.now() - begunMs;
      const lifeMs = "value" in lives ? { value: lives.value[index] ?? -2 } : lives;
      return { key, counters, spreadMs, lifeMs };
    }),
  );
}

function unitsOf(series: readonly AdmissionSeries[]): number {
  return series.flatMap(({ buckets }) => buckets).reduce((sum, [, units]) => sum + units, 0);
}

function excessOf(series: readonly AdmissionSeries[]): number {
  const peak = worstPeak(series, 0);
  return peak ? peak.units / peak.limit : 0;
}
