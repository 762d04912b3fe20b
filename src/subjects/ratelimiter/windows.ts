/** Arithmetic over the past of counters and histograms, whoever kept it. */

import type { Point, SeriesWindow } from "../../core/series.ts";

/** How much a counter rose, and in how many seconds. */
export interface Rise {
  readonly by: number;
  readonly seconds: number;
}

/** Milliseconds that a rise spans at least; less if less is known. */
const SPAN_MS = 8000;

/**
 * The rise of a counter over its newest eight seconds or a little more; a fall is a restart from zero. `undefined`
 * with fewer than two points.
 */
export function riseOf(points: readonly Point[]): Rise | undefined {
  const newest = points.at(-1);
  if (!newest || points.length < 2) return undefined;
  const begin = Math.max(
    0,
    points.findLastIndex(({ atMs }) => atMs <= newest.atMs - SPAN_MS),
  );
  const spanned = points.slice(begin);
  const by = spanned.slice(1).reduce((sum, { value }, index) => {
    const before = spanned[index]?.value ?? value;
    return sum + (value >= before ? value - before : value);
  }, 0);
  const seconds = (newest.atMs - (spanned[0]?.atMs ?? newest.atMs)) / 1000;
  return seconds > 0 ? { by, seconds } : undefined;
}

/** A quantile of what a histogram counted. */
export interface Quantile {
  /** Base unit of the histogram; of the last, open bucket its lower bound. Absent where nothing was counted. */
  readonly value?: number;
  /** What was counted. */
  readonly count: number;
}

/** The quantile over the newest seconds of a histogram's `_bucket` series; `undefined` where those are not known. */
export function quantileOf(quantile: number, buckets: readonly SeriesWindow[]): Quantile | undefined {
  const rises = buckets
    .map(({ labels, points }) => ({ bound: Number(labels["le"]?.replace("+Inf", "Infinity")), rise: riseOf(points) }))
    .toSorted((a, b) => a.bound - b.bound);
  const count = rises.at(-1)?.rise?.by;
  if (count === undefined || rises.at(-1)?.bound !== Number.POSITIVE_INFINITY) return undefined;
  if (count === 0) return { count };
  const rank = quantile * count;
  const at = rises.findIndex(({ rise }) => (rise?.by ?? 0) >= rank);
  const lower = { bound: rises[at - 1]?.bound ?? 0, by: rises[at - 1]?.rise?.by ?? 0 };
  const upper = { bound: rises[at]?.bound ?? Number.POSITIVE_INFINITY, by: rises[at]?.rise?.by ?? count };
  if (upper.bound === Number.POSITIVE_INFINITY) return { value: lower.bound, count };
  return { value: lower.bound + (upper.bound - lower.bound) * ((rank - lower.by) / (upper.by - lower.by)), count };
}
