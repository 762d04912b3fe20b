/** Sums over series: what a counter rose by, what quantile a histogram shows, what is usual. Answers agree with PromQL's. */

import type { Point, SeriesWindow } from "./series.ts";

/** How many observations were at most so large. */
export interface Bucket {
  /** In the unit of the histogram; infinite for the last one. */
  readonly upperBound: number;
  /** Cumulative, or a rate of such. */
  readonly count: number;
}

/** What is usual, and how far values usually lie from it. */
export interface Baseline {
  readonly median: number;
  /** Median of the distances from the median. */
  readonly medianDeviation: number;
}

/**
 * What a counter rose by from the first point to the last; a fall is a restart from zero.
 * `undefined` with fewer than two points. PromQL's `increase()` stretches this to the edges of the window.
 */
export function increase(points: readonly Point[]): number | undefined {
  const [first, ...rest] = points;
  if (!first || rest.length === 0) return undefined;
  let lost = 0;
  let before = first.value;
  for (const { value } of rest) {
    if (value < before) lost += before;
    before = value;
  }
  // In this order a point that is no number does no harm between others, as in Prometheus.
  return before - first.value + lost;
}

/** Events per second between the first point and the last; PromQL's `rate()` where the points reach the window's edges. */
export function ratePerSecond(points: readonly Point[]): number | undefined {
  const rise = increase(points);
  const seconds = ((points.at(-1)?.atMs ?? 0) - (points[0]?.atMs ?? 0)) / 1000;
  return rise === undefined || seconds <= 0 ? undefined : rise / seconds;
}

/**
 * Events per second over a span, as PromQL's `rate()` computes them from the counter's points in it: a fall is a restart
 * from zero; the rise is stretched to the edges of the span, but for a series that begins or ends within it only by half
 * the time between two points, and never to below zero. `undefined` with fewer than two points.
 *
 * After `extrapolatedRate` in Prometheus' promql/functions.go with the correction of its pull request 13725 (March 2024).
 * A Prometheus without it stretches a counter that begins near zero within the span by up to 0.6 times the time between
 * two points more. Prometheus 2 also counts a point at exactly `startMs`, Prometheus 3 and this project do not.
 * @param points Those after `startMs`, up to `endMs`, oldest first.
 */
export function extrapolatedRate(
  points: readonly Point[],
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): number | undefined {
  const [first] = points;
  const last = points.at(-1);
  const rise = increase(points);
  if (!first || !last || rise === undefined) return undefined;
  const sampledMs = last.atMs - first.atMs;
  const betweenMs = sampledMs / (points.length - 1);
  const reach = (gapMs: number): number => (gapMs < betweenMs * 1.1 ? gapMs : betweenMs / 2);
  const toZeroMs = rise > 0 && first.value >= 0 ? sampledMs * (first.value / rise) : Number.POSITIVE_INFINITY;
  const stretchedMs = Math.min(reach(first.atMs - startMs), toZeroMs) + sampledMs + reach(endMs - last.atMs);
  return (rise * (stretchedMs / sampledMs)) / ((endMs - startMs) / 1000);
}

/** The increases of a histogram's `_bucket` series, those of several label sets added up; smallest bound first. */
export function bucketIncreases(windows: readonly SeriesWindow[]): readonly Bucket[] {
  const counts = new Map<number, number>();
  for (const { labels, points } of windows) {
    const upperBound = bucketBoundOf(labels["le"]);
    const rise = increase(points);
    if (upperBound !== undefined && rise !== undefined) counts.set(upperBound, (counts.get(upperBound) ?? 0) + rise);
  }
  return [...counts]
    .map(([upperBound, count]) => ({ upperBound, count }))
    .toSorted((a, b) => a.upperBound - b.upperBound);
}

/**
 * The value that a share `quantile` (above 0, up to 1) of the observations does not exceed, straight within a bucket, as PromQL's
 * `histogram_quantile()`. `undefined` where there was no observation or the buckets do not reach to infinity.
 */
export function quantileFromBuckets(buckets: readonly Bucket[], quantile: number): number | undefined {
  const rising = monotonic(buckets.toSorted((a, b) => a.upperBound - b.upperBound));
  const last = rising.at(-1);
  if (rising.length < 2 || !last || last.upperBound !== Number.POSITIVE_INFINITY || !(last.count > 0)) return undefined;
  const rank = quantile * last.count;
  const index = rising.findIndex(({ count }) => count >= rank);
  const bucket = rising[index];
  const below = rising[index - 1] ?? { upperBound: 0, count: 0 };
  if (!bucket || bucket === last) return rising.at(-2)?.upperBound;
  if (index === 0 && bucket.upperBound <= 0) return bucket.upperBound;
  const share = (rank - below.count) / (bucket.count - below.count);
  return below.upperBound + (bucket.upperBound - below.upperBound) * share;
}

/** The value in the middle; `undefined` of nothing. */
export function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

/** What is usual of some values; `undefined` of nothing. */
export function baseline(values: readonly number[]): Baseline | undefined {
  const middle = medianOf(values);
  if (middle === undefined) return undefined;
  const medianDeviation = medianOf(values.map((value) => Math.abs(value - middle))) ?? 0;
  return { median: middle, medianDeviation };
}

/** Counts scraped at unlike times may fall from one bucket to the next, which no histogram can. */
function monotonic(buckets: readonly Bucket[]): readonly Bucket[] {
  let highest = 0;
  return buckets.map(({ upperBound, count }) => {
    highest = Math.max(highest, count);
    return { upperBound, count: highest };
  });
}

/** The bound that a bucket's label `le` states; `undefined` if it states none. */
export function bucketBoundOf(text: string | undefined): number | undefined {
  if (/^\+?inf(?:inity)?$/i.test(text ?? "")) return Number.POSITIVE_INFINITY;
  const bound = Number(text || Number.NaN);
  return Number.isNaN(bound) ? undefined : bound;
}

/** Of each two points what the counter rose by per second, a restart being a rise from nothing. */
export function risesOf(points: readonly Point[]): readonly Point[] {
  return points.slice(1).map(({ atMs, value }, index) => {
    const { atMs: beforeMs = 0, value: before = 0 } = points[index] ?? {};
    const rise = value < before ? value : value - before;
    return { atMs, value: atMs > beforeMs ? (rise * 1000) / (atMs - beforeMs) : 0 };
  });
}

/** Times the usual step above which two points of a counter are too far apart for a rate between them. */
const FAR_APART = 3;

/** Of each two points what a counter rose by per second; none across a gap. */
export function ratesOf(points: readonly Point[]): readonly Point[] {
  const apart = points.slice(1).map(({ atMs }, index) => atMs - (points[index]?.atMs ?? atMs));
  const usualMs = medianOf(apart) ?? 0;
  return risesOf(points).filter((_, index) => (apart[index] ?? 0) <= usualMs * FAR_APART);
}
