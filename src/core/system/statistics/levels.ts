/** What a series shows at each moment, whatever kind it is of: rates of counters, quantiles of histograms, gauges as they are. */

import type { Point, SeriesWindow } from "../series.ts";
import { bucketBoundOf, quantileFromBuckets, ratesOf, risesOf } from "../series-math.ts";

/** The points of a gauge or a quantile as they are, of a counter its rises per second: what a change is sought in. */
export function levelsOf(points: readonly Point[], kind: "counter" | "gauge" | "quantile"): readonly Point[] {
  return kind === "counter" ? ratesOf(points) : points;
}

/**
 * One quantile of a histogram from moment to moment, from the series of its buckets, which have their times in common.
 * A moment at which nothing was observed has no value.
 */
export function quantileLevels(buckets: readonly SeriesWindow[], quantile: number): readonly Point[] {
  const moments = new Map<number, { upperBound: number; count: number }[]>();
  for (const { labels, points } of buckets) {
    const upperBound = bucketBoundOf(labels["le"]);
    if (upperBound === undefined) continue;
    for (const { atMs, value } of risesOf(points)) {
      const own = moments.get(atMs) ?? [];
      moments.set(atMs, own);
      own.push({ upperBound, count: value });
    }
  }
  return [...moments]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([atMs, own]) => {
      const value = quantileFromBuckets(merged(own), quantile);
      return value === undefined ? [] : [{ atMs, value }];
    });
}

/** Buckets of several label sets, added up by their bound. */
function merged(buckets: readonly { readonly upperBound: number; readonly count: number }[]) {
  return [...Map.groupBy(buckets, ({ upperBound }) => upperBound)].map(([upperBound, own]) => ({
    upperBound,
    count: own.reduce((sum, { count }) => sum + count, 0),
  }));
}
