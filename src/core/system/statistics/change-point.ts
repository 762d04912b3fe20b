/**
 * When a series left its usual range for good: the split into before and after that shows best, kept only if it is larger
 * than what the series does anyway. Spikes, noise and seasons are no change; gaps and uneven steps do no harm.
 */

import type { Point } from "../series.ts";
import { quantilesIn } from "./quantiles.ts";

/** One change of level. */
export interface ChangePoint {
  /** Epoch milliseconds of the first point that is outside of what was usual. */
  readonly atMs: number;
  readonly direction: "up" | "down";
  /** Median before. */
  readonly before: number;
  /** Median since. */
  readonly after: number;
  /** How far apart these are, in spreads of what was before. */
  readonly spreads: number;
}

/** Points without which nothing is said, before and since. */
const LEAST = { before: 8, since: 3 } as const;
/** Spreads beyond which a point lies outside of what was usual. */
const LEAST_SPREADS = 3;
/** Share of the whole change that a point outside has made at least: of a large one, noise before it is none of it. */
const LEAST_SHIFT_RATIO = 0.1;
/** Share of the points since that lie outside of what was usual. */
const OUTSIDE_RATIO = 0.75;
/** Share of its own level that a series is taken to vary by at least. */
const LEAST_SPREAD_RATIO = 0.05;
/** Spreads beyond which one point counts no more than at them. */
const CLIP = 8;
/** Spreads of a normal distribution: between its quartiles, between its outer twentieths, and of the usual step. */
const NORMAL = { quartiles: 1.349, tails: 3.29, step: 0.954 } as const;

/** The largest lasting change of a gauge; `undefined` where there is none. Points in the order of time. */
export function changePointOf(points: readonly Point[]): ChangePoint | undefined {
  const known = points.filter(({ value }) => Number.isFinite(value));
  const values = Float64Array.from(known, ({ value }) => value);
  const split = bestSplit(values);
  if (split === undefined) return undefined;
  const after = medianOf(values.slice(split));
  // What rises slowly splits best in the middle of its rise: what was usual is read off the first half of what lies before.
  const { median: before, spread } = usualOf(values.slice(0, Math.max(LEAST.before, split >> 1)), largestOf(values));
  const sign = Math.sign(after - before);
  const least = Math.max(LEAST_SPREADS * spread, LEAST_SHIFT_RATIO * Math.abs(after - before));
  const isOutside = (value = after): boolean => (value - before) * sign > least;
  if (values.slice(split).filter(isOutside).length < (values.length - split) * OUTSIDE_RATIO) return undefined;
  let first = split;
  while (first > LEAST.before && isOutside(values[first - 1])) first -= 1;
  while (!isOutside(values[first])) first += 1;
  const at = known[first];
  const spreads = Math.abs(after - before) / spread;
  return at && { atMs: at.atMs, direction: sign > 0 ? "up" : "down", before, after, spreads };
}

/** The first place of the part after the split that shows best, by sums of prefixes of values that are clipped. */
function bestSplit(values: Float64Array): number | undefined {
  const last = values.length - LEAST.since;
  const { median } = usualOf(values, largestOf(values));
  const noise = Math.max(stepNoise(values), leastSpread(median, largestOf(values)));
  let sum = 0;
  const sums = Float64Array.from(values, (value) => {
    sum += Math.max(-CLIP, Math.min(CLIP, (value - median) / noise));
    return sum;
  });
  let best: { readonly place: number; readonly strength: number } | undefined;
  for (let place = LEAST.before; place <= last; place++) {
    const before = sums[place - 1] ?? 0;
    const apart = Math.abs((sum - before) / (values.length - place) - before / place);
    const strength = apart * Math.sqrt((place * (values.length - place)) / values.length);
    if (strength > (best?.strength ?? 0)) best = { place, strength };
  }
  return best?.place;
}

function usualOf(values: Float64Array, largest: number): { readonly median: number; readonly spread: number } {
  const [least = 0, lower = 0, median = 0, upper = 0, most = 0] = quantilesIn(
    values.slice(),
    [0.05, 0.25, 0.5, 0.75, 0.95],
  );
  const spread = Math.max(
    (upper - lower) / NORMAL.quartiles,
    (most - least) / NORMAL.tails,
    leastSpread(median, largest),
  );
  return { median, spread };
}

/** What a series varies by from point to point, which a change of level does not touch. */
function stepNoise(values: Float64Array): number {
  return medianOf(values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? value)))) / NORMAL.step;
}

/** Of a series that is usually 0, a share of its largest value. */
function leastSpread(median: number, largest: number): number {
  return LEAST_SPREAD_RATIO * (Math.abs(median) || largest) || Number.MIN_VALUE;
}

function largestOf(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function medianOf(values: Float64Array): number {
  return quantilesIn(values.slice(), [0.5])[0] ?? Number.NaN;
}
