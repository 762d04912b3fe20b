/** Selects the keys that one look examines closely, so that a hundred thousand keys cost no more than a few. */

import type { Probed } from "../../../core/subject/probe.ts";
import type { EntityId } from "../../../core/words/ids.ts";
import type { AdmissionSeries, Admissions } from "../client/replies.ts";
import type { NodeReading } from "../observation.ts";
import { worstPeak } from "./admission-sums.ts";

const KIND = "counter/";

/** Control characters: line ends, cursor movement, writing direction and escapes. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]|\\(?=u\{)/gu;
const ESCAPE = /\\u\{([\da-f]+)\}/g;

/** Number of heaviest keys that are always examined. */
const HEAVIEST = 6;

/** Number of heaviest keys below their limit that are always examined. */
const FILLING = 4;

/** How much heavier a key must be to replace one examined by the last look. */
const STICKINESS = 1.5;

/** Maximum of keys examined because they seem to have been allowed too much. */
const SUSPICIOUS = 8;

/** Maximum of keys examined, unless more are already violated: in a storm, some keys stand for the others. */
const EXAMINED = 24;

/** The entity of a key; clients choose keys, so the text is made safe to print. */
export function entityOfKey(key: string): EntityId {
  return `${KIND}${key.replaceAll(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)}`;
}

/** Whether judgements about the entity are about a key. */
export function isKeyEntity(entity: EntityId): boolean {
  return entity.startsWith(KIND);
}

/** The keys among entities. */
export function keysOf(entities: Iterable<EntityId>): readonly string[] {
  return [...entities].filter(isKeyEntity).map((entity) => keyOf(entity.slice(KIND.length)));
}

function keyOf(name: string): string {
  return name.replaceAll(ESCAPE, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
}

/** The keys to choose from. */
export interface Choice {
  readonly nodes: readonly NodeReading[];
  /** Keys that are always examined. */
  readonly given: readonly string[];
  /** Keys that the last look examined; among keys of similar weight these are preferred. */
  readonly last: readonly string[];
}

/**
 * The keys given, the heaviest, and those that seem to have been allowed more than their limit; of the heaviest some
 * that have not reached their limit, because nodes that count separately reach the same number once they are all full.
 */
export function worthALook({ nodes, given, last }: Choice): readonly string[] {
  const kept = new Set(last);
  const logs = [...byKey(nodes.map(({ admissions }) => admissions))].map(([key, series]) => {
    const units = unitsOf(series);
    return { key, rank: kept.has(key) ? units * STICKINESS : units, excess: excessOf(series), full: isFull(series) };
  });
  const byRank = logs.toSorted((a, b) => b.rank - a.rank);
  const heaviest = byRank.slice(0, HEAVIEST);
  const filling = byRank.filter(({ full }) => !full).slice(0, FILLING);
  const suspicious = logs
    .filter(({ excess }) => excess > 1)
    .toSorted((a, b) => b.excess - a.excess)
    .slice(0, SUSPICIOUS);
  const names = new Set([...given, ...[...suspicious, ...heaviest, ...filling].map(({ key }) => key)]);
  return [...names].slice(0, Math.max(EXAMINED, given.length));
}

function unitsOf(series: readonly AdmissionSeries[]): number {
  return series.flatMap(({ buckets }) => buckets).reduce((sum, [, units]) => sum + units, 0);
}

function excessOf(series: readonly AdmissionSeries[]): number {
  const peak = worstPeak(series, 0);
  return peak ? peak.units / peak.limit : 0;
}

/** Whether the key has recently come close to its limit; logs cover two windows. */
function isFull(series: readonly AdmissionSeries[]): boolean {
  return series.some(({ limit }) => unitsOf(series) >= limit);
}

function byKey(pages: readonly Probed<Admissions>[]): ReadonlyMap<string, readonly AdmissionSeries[]> {
  const series = pages.flatMap((page) => ("value" in page ? page.value.series : []));
  return Map.groupBy(series, ({ key }) => key);
}
