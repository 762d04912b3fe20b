/** When a trouble began: the moment that splits many series best into before and after. */

import { quantilesIn } from "../../system/statistics/quantiles.ts";
import type { MeasuredSeries } from "./measured.ts";
import { known, type Scale } from "./shift.ts";

/** Rows among which the beginning is sought. */
export interface Search {
  /** Row before which everything was as usual. */
  readonly from: number;
  /** Row after the last at which it may have begun. */
  readonly to: number;
  /** Row after the last that is looked at. */
  readonly end: number;
}

/** Spreads beyond which a value counts no more than at them. */
const CLIP = 8;
/** Series that show the trouble best, of which the beginning is taken. */
const MOST_VOICES = 20;
const QUARTILES_APART = 1.349;
const TAILS_APART = 3.29;

/** The row at which the trouble began; `undefined` where no series has values before and after. */
export function onsetRow(
  series: readonly MeasuredSeries[],
  scaleOf: (of: MeasuredSeries) => Scale,
  search: Search,
): number | undefined {
  const strengths = series.flatMap((one) => {
    const own = splitStrengths(one.values, scaleOf(one), search);
    return own ? [{ own, largest: own.reduce((most, one) => Math.max(most, one), 0) }] : [];
  });
  const voices = strengths.toSorted((a, b) => b.largest - a.largest).slice(0, MOST_VOICES);
  const energy = Array.from({ length: search.to - search.from }, (_, index) =>
    voices.reduce((sum, { own }) => sum + (own[index] ?? 0) ** 2, 0),
  );
  const most = energy.reduce((best, value, index) => (value > (energy[best] ?? 0) ? index : best), 0);
  return voices.length > 0 && (energy[most] ?? 0) > 0 ? search.from + most : undefined;
}

/** Of each row of the search the strength of a split before it, by sums of prefixes. */
function splitStrengths(values: Float64Array, { levelOf, floor }: Scale, search: Search): Float64Array | undefined {
  const before = known(values, 0, search.from);
  if (before.length === 0) return undefined;
  const levels = quantilesIn(before, [0.05, 0.25, 0.5, 0.75, 0.95]).map(levelOf);
  const [least = 0, lower = 0, median = 0, upper = 0, most = 0] = levels;
  const spread = Math.max((upper - lower) / QUARTILES_APART, (most - least) / TAILS_APART, floor);
  const standard = (row: number): number => {
    const value = values[row] ?? Number.NaN;
    return Number.isNaN(value) ? value : Math.max(-CLIP, Math.min(CLIP, (levelOf(value) - median) / spread));
  };
  let [sum, count] = [0, 0];
  const sums = new Float64Array(search.end + 1);
  const counts = new Float64Array(search.end + 1);
  for (let row = 0; row < search.end; row++) {
    const value = standard(row);
    if (!Number.isNaN(value)) {
      sum += value;
      count += 1;
    }
    sums[row + 1] = sum;
    counts[row + 1] = count;
  }
  return Float64Array.from({ length: Math.max(0, search.to - search.from) }, (_, index) => {
    const [sumBefore = 0, countBefore = 0] = [sums[search.from + index], counts[search.from + index]];
    const countAfter = count - countBefore;
    if (countBefore === 0 || countAfter === 0) return 0;
    const apart = Math.abs((sum - sumBefore) / countAfter - sumBefore / countBefore);
    return apart * Math.sqrt((countBefore * countAfter) / count);
  });
}
