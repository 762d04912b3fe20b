/** Recent demand of clients, allowed or not: allowed checks alone hide clients over their limit. */

import type { Probed } from "../../../core/subject/probe.ts";
import type { Admissions } from "../client/replies.ts";

/** Demand on all nodes that report it. */
export interface Demand {
  /** Checks of all keys. */
  readonly perSecond: number;
  /** Number of keys seen recently: a lower bound of all keys. */
  readonly keyCount: number;
  /** Keys with the most checks, heaviest first. */
  readonly heaviest: readonly KeyDemand[];
}

/** Demand for one key. */
export interface KeyDemand {
  readonly key: string;
  /** Checks, regardless of their cost. */
  readonly perSecond: number;
}

/** Number of heaviest keys requested from each node. */
export const HEAVIEST_ASKED = 20;

const HEAVIEST_SHOWN = 5;

/** Adds up the demand on the nodes in their last seconds. */
export function demandOf(pages: readonly Probed<Admissions>[]): Probed<Demand> {
  const read = pages.flatMap((page) => ("value" in page ? [page.value] : []));
  if (read.length === 0) return { failed: "No node reports its demand", outcome: "failed" };
  const keys = new Map<string, number>();
  for (const { demand, series } of read) {
    // Earlier admissions show further keys.
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
