/** The scale of a plot and the gaps in its line, for every renderer. */

import type { Point } from "../core/system/series.ts";
import { medianOf } from "../core/system/series-math.ts";

/** The values at both ends of a scale. */
export interface PlotScale {
  readonly top: number;
  readonly base: number;
}

/** After so many samples that did not come the line breaks. */
const MISSED_SAMPLES = 3;
/** Above this share of its largest value a series that never comes near 0 has a scale of its own. */
const FLAT_RATIO = 0.7;

/**
 * From 0, or from the least value of a series that never comes near it, to the largest value, the threshold included; to 1
 * where all is 0.
 */
export function plotScale(points: readonly Point[], limit: number | undefined): PlotScale {
  const values = [...points.map(({ value }) => value), ...(limit === undefined ? [] : [limit])];
  const largest = Math.max(...values, 0);
  const least = Math.min(...values, largest);
  const top = largest === 0 && least === 0 ? 1 : largest;
  return { top, base: least < 0 || least > FLAT_RATIO * top ? least : 0 };
}

/** Milliseconds between two samples after which the line between them breaks. */
export function longestGapMs(points: readonly Point[]): number {
  const gaps = points.slice(1).map(({ atMs }, index) => atMs - (points[index]?.atMs ?? atMs));
  return MISSED_SAMPLES * (medianOf(gaps) ?? 0);
}
