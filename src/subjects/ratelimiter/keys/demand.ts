/** What clients asked for lately, allowed or not: what was allowed alone hides anyone who is over the limit. */

import type { Probed } from "../../../core/subject/probe.ts";
import type { Admissions } from "../client/replies.ts";

/** Demand on all nodes that say what they were asked. */
export interface Demand {
  /** Checks of all keys. */
  readonly perSecond: number;
  /** Keys that were seen lately, and so the least that there are. */
  readonly keyCount: number;
  /** Keys that were asked for most, heaviest first. */
  readonly heaviest: readonly KeyDemand[];
}

/** Demand for one key. */
export interface KeyDemand {
  readonly key: string;
  /** Checks, whatever each of them cost. */
  readonly perSecond: number;
}

/** Heaviest keys that each node is asked for. */
export const HEAVIEST_ASKED = 20;

const HEAVIEST_SHOWN = 5;

/** Adds up what the nodes were asked in their last seconds. */
export function demandOf(pages: readonly Probed<Admissions>[]): Probed<Demand> {
  const read = pages.flatMap((page) => ("value" in page ? [page.value] : []));
  if (read.length === 0) return { failed: "No node reports its demand", outcome: "failed" };
  const keys = new Map<string, number>();
  for (const { demand, series } of read) {
    // What was allowed before that is a sign of further keys.
    for (const { key } of series) keys.set(key, keys.get(key) ?? 0);
    for (const [key, checks] of demand.keys) keys.set(key, (keys.get(key) ?? 0) + checks / demand.seconds);
  }
  const perSecond = read.reduce((sum, { demand }) => sum + demand.checks / demand.seconds, 0);
  const heaviest = [...keys]
    .filter(([, perSecond]) => perSecond > 0)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, HEAVIEST_SHOWN)
    .map(([key, perSecond]) => ({ key, perSecond }));
  return { value: { perSecond, keyCount: keys.size, heaviest } };
}
