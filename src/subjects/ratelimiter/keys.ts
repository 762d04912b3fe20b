/** Which keys one look examines closely, so that a hundred thousand of them cost no more than a few. */

import type { EntityId } from "../../core/ids.ts";
import type { Probed } from "../../core/invariant.ts";
import { worstPeak } from "./admission-sums.ts";
import type { NodeReading } from "./observation.ts";
import type { AdmissionSeries, Admissions } from "./replies.ts";

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

/** The keys given, the heaviest, and those that seem to have been allowed more than their limit. */
export function worthALook(nodes: readonly NodeReading[], given: readonly string[]): readonly string[] {
  const logs = [...byKey(nodes.map(({ admissions }) => admissions))].map(([key, series]) => ({
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

function unitsOf(series: readonly AdmissionSeries[]): number {
  return series.flatMap(({ buckets }) => buckets).reduce((sum, [, units]) => sum + units, 0);
}

function excessOf(series: readonly AdmissionSeries[]): number {
  const peak = worstPeak(series, 0);
  return peak ? peak.units / peak.limit : 0;
}

function byKey(pages: readonly Probed<Admissions>[]): ReadonlyMap<string, readonly AdmissionSeries[]> {
  const series = pages.flatMap((page) => ("value" in page ? page.value.series : []));
  return Map.groupBy(series, ({ key }) => key);
}
