/** One series cut into blocks of rows, the values of each block sorted: what quantiles of any run of blocks are read from. */

import { quantileOfSorted, sortPart } from "../../system/statistics/quantiles.ts";
import type { MeasuredSeries } from "./measured.ts";

/** A series in blocks. */
export interface Blocks {
  /** Rows at which they begin, and the row after the last. */
  readonly bounds: readonly number[];
  /** The values that were measured: block by block, each block sorted. */
  readonly values: Float64Array;
  /** Of each block, and of the row after the last: how many values lie before it. */
  readonly starts: readonly number[];
  /** Of each block the rows in which something was there, or went on. */
  readonly there: readonly number[];
}

/** Cuts a series at these rows and sorts each block. */
export function blocksOf({ values, signal }: MeasuredSeries, bounds: readonly number[]): Blocks {
  const first = bounds[0] ?? 0;
  const sorted = new Float64Array((bounds.at(-1) ?? 0) - first);
  const starts = [0];
  const there: number[] = [];
  let count = 0;
  for (let block = 0; block + 1 < bounds.length; block++) {
    const start = count;
    let idle = 0;
    const end = bounds[block + 1] ?? 0;
    for (let row = bounds[block] ?? 0; row < end; row++) {
      const value = values[row] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      if (value === 0) idle += 1;
      sorted[count++] = value;
    }
    sortPart(sorted, { from: start, to: count });
    starts.push(count);
    there.push(count - start - (signal === "traffic" ? idle : 0));
  }
  return { bounds, values: sorted, starts, there };
}

/** One quantile of each block; `NaN` of one without a value. */
export function quantileOfEach({ values, starts, there }: Blocks, share: number): Float64Array {
  const quantiles = new Float64Array(there.length);
  for (let block = 0; block < there.length; block++) {
    const [from = 0, to = 0] = [starts[block], starts[block + 1]];
    quantiles[block] = to > from ? quantileOfSorted(values, { from, to }, share) : Number.NaN;
  }
  return quantiles;
}

/** A growing run of blocks from the first on, all its values sorted. */
export interface Run {
  readonly values: Float64Array;
  /** How many values of it count. */
  readonly count: number;
  /** How many blocks it has. */
  readonly blocks: number;
}

/** Lengthens a run to so many blocks, by merging from the back; the run that is handed in is used up. */
export function lengthened(run: Run, { values, starts }: Blocks, blocks: number): Run {
  const merged = run.values;
  let { count } = run;
  for (let block = run.blocks; block < blocks; block++) {
    const start = starts[block] ?? 0;
    let next = (starts[block + 1] ?? start) - 1;
    let last = count - 1;
    count += next + 1 - start;
    for (let place = count - 1; next >= start; place--) {
      const value = values[next] ?? 0;
      const kept = last < 0 ? Number.NEGATIVE_INFINITY : (merged[last] ?? 0);
      const isKept = kept > value;
      merged[place] = isKept ? kept : value;
      if (isKept) last -= 1;
      else next -= 1;
    }
  }
  return { values: merged, count, blocks: Math.max(run.blocks, blocks) };
}
