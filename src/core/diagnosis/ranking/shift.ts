/** How far one series has left its usual range, in spreads of its own. Constants are those of the measured method. */

import { quantileOfSorted, quantilesIn } from "../../system/statistics/quantiles.ts";
import { type Blocks, lengthened, quantileOfEach, type Run } from "./blocks.ts";
import type { MeasuredSeries } from "./measured.ts";

/** A window that is judged by what lay before it. */
export interface PlannedWindow {
  /** How many blocks are its baseline. */
  readonly blocks: number;
  readonly from: number;
  /** Row after its last. */
  readonly to: number;
}

/** How the values of one series are compared. */
export interface Scale {
  /** Rising; makes a doubling as large at a millisecond as at a second. */
  readonly levelOf: (value: number) => number;
  /** The least spread that a series is taken to have. */
  readonly floor: number;
}

/** How far a window lies from its baseline. */
export interface Shift {
  /** Spreads by which it lies above what is usual; 0 if it does not. */
  readonly up: number;
  /** Spreads by which it lies below. */
  readonly down: number;
  /** Whether what was there, or went on, is not there any more. */
  readonly isLost: boolean;
}

/** Of a logarithm: about 10 %. */
const LOG_FLOOR = 0.1;
/** Percentage points. */
const SHARE_FLOOR = 0.2;
/** Share of a family's usual level that is added before the logarithm. */
const OFFSET_RATIO = 0.1;
const LEAST_OFFSET = 1e-9;
/** Share of the values below 0 above which they are no mistakes, and do not stand for "not known". */
const SIGNED_RATIO = 0.1;
/** Share of the baseline, its newest part, against which a trouble that stood before is no news. */
const RECENT_RATIO = 0.4;
/** Spreads of a normal distribution between its quartiles, and from its middle to its 95th percentile. */
const QUARTILES_APART = 1.349;
const TAIL_APART = 1.645;
/** Values of the baseline without which nothing is said, and their share of its rows. */
const LEAST_BASELINE = { values: 3, ratio: 0.2 } as const;
/** Share of the baseline in which it was there, and share of the window in which it is not. */
const LOST = { before: 0.9, after: 0.8 } as const;

/**
 * Gives each series its scale, the members of a family (one quantity of many components) sharing theirs.
 * @param measured Each with its usual level, `NaN` where it has none.
 */
export function scaler(
  measured: readonly { readonly of: MeasuredSeries; readonly usual: number }[],
): (of: MeasuredSeries) => Scale {
  const families = Map.groupBy(measured, ({ of }) => of.metric);
  const offsets = new Map(
    [...families].map(([metric, members]) => {
      const levels = members.map(({ usual }) => Math.abs(usual)).filter((usual) => !Number.isNaN(usual));
      return [metric, OFFSET_RATIO * quantileIn(Float64Array.from(levels), 0.5)];
    }),
  );
  return (of) => {
    const percent = percentOf(of);
    if (percent !== undefined) return { levelOf: (value) => value * percent, floor: SHARE_FLOOR };
    if (isSigned(of.values)) {
      const usual = Math.max(quantileIn(known(of.values, 0, of.values.length).map(Math.abs), 0.5), LEAST_OFFSET);
      return { levelOf: (value) => value / usual, floor: LOG_FLOOR };
    }
    const offset = Math.max(offsets.get(of.metric) || OFFSET_RATIO * usualRise(of.values), LEAST_OFFSET);
    return { levelOf: (value) => Math.log(Math.max(value, 0) + offset), floor: LOG_FLOOR };
  };
}

/** The usual level of a series in blocks; `NaN` where it has none. */
export function usualLevel(blocks: Blocks): number {
  return quantileIn(known(quantileOfEach(blocks, 0.5), 0, blocks.there.length), 0.5);
}

/**
 * Compares windows with the blocks before them; `undefined` where one of them has too few values.
 * @param windows Those with the fewest blocks first.
 */
export function shiftsOf(
  one: MeasuredSeries,
  { scale, blocks }: { readonly scale: Scale; readonly blocks: Blocks },
  windows: readonly PlannedWindow[],
): readonly (Shift | undefined)[] {
  let run: Run = { values: new Float64Array(blocks.values.length), count: 0, blocks: 0 };
  const each = {
    high: quantileOfEach(blocks, 0.95),
    median: quantileOfEach(blocks, 0.5),
    low: quantileOfEach(blocks, 0.05),
  };
  return windows.map((window) => {
    run = lengthened(run, blocks, window.blocks);
    return shiftOf(valuesIn(one, window), scale, { blocks, run, each });
  });
}

interface Usual {
  readonly blocks: Blocks;
  readonly run: Run;
  /** Quantiles of each block. Taken block by block, a late onset spoils only the last ones, and bursts make a wide spread. */
  readonly each: { readonly high: Float64Array; readonly median: Float64Array; readonly low: Float64Array };
}

/** What was measured in a window, in any order. */
interface WindowValues {
  readonly values: Float64Array;
  readonly rows: number;
  /** Rows in which something was there, or went on. */
  readonly there: number;
}

function valuesIn({ values, signal }: MeasuredSeries, { from, to }: PlannedWindow): WindowValues {
  const kept = known(values, from, to);
  let idle = 0;
  if (signal === "traffic") for (const value of kept) if (value === 0) idle += 1;
  return { values: kept, rows: to - from, there: kept.length - idle };
}

function shiftOf(window: WindowValues, { levelOf, floor }: Scale, { blocks, run, each }: Usual): Shift | undefined {
  const rows = (blocks.bounds[run.blocks] ?? 0) - (blocks.bounds[0] ?? 0);
  const isLost = isGone(window, blocks, run);
  const least = Math.max(1, Math.min(LEAST_BASELINE.values, rows), LEAST_BASELINE.ratio * rows);
  if (run.count < least || window.values.length === 0) return isLost ? { up: 0, down: 0, isLost } : undefined;
  const usual = (share: number): number => levelOf(quantileOfSorted(run.values, { from: 0, to: run.count }, share));
  const median = usual(0.5);
  const spread = Math.max((usual(0.75) - usual(0.25)) / QUARTILES_APART, floor);
  const recent = run.blocks - Math.max(1, Math.round(run.blocks * RECENT_RATIO));
  const lately = quantileIn(known(each.median, recent, run.blocks), 0.5);
  const recently = Number.isNaN(lately) ? median : levelOf(lately);
  const above = levelOf(quantileIn(known(each.high, 0, run.blocks), 0.75)) - median;
  const below = median - levelOf(quantileIn(known(each.low, 0, run.blocks), 0.25));
  const beyond = (isBy: number, isByRecently: number, tail: number): number =>
    Math.sqrt(Math.max(0, isBy) * Math.max(0, isByRecently)) / Math.max(spread, tail / TAIL_APART);
  const [low = 0, high = 0] = quantilesIn(window.values, [0.25, 0.75]).map(levelOf);
  return {
    up: beyond(high - median, high - recently, above),
    down: beyond(median - low, recently - low, below),
    isLost,
  };
}

/** Whether what was there in the blocks of a run is not there any more. */
function isGone(window: WindowValues, { bounds, there }: Blocks, run: Run): boolean {
  const rows = (bounds[run.blocks] ?? 0) - (bounds[0] ?? 0);
  let before = 0;
  for (let block = 0; block < run.blocks; block++) before += there[block] ?? 0;
  return rows > 0 && before >= rows * LOST.before && window.there <= window.rows * (1 - LOST.after);
}

/** The values of some rows that are numbers, in their order. */
export function known(values: Float64Array, from: number, to: number): Float64Array {
  const kept = values.slice(from, to);
  const { length } = kept;
  let count = 0;
  for (let place = 0; place < length; place++) {
    const value = kept[place] ?? Number.NaN;
    if (!Number.isNaN(value)) kept[count++] = value;
  }
  return count === length ? kept : kept.slice(0, count);
}

/** The value in the middle of some rows; `NaN` of none. */
export function medianBetween(values: Float64Array, from: number, to: number): number {
  return quantileIn(known(values, from, to), 0.5);
}

/** What makes percentage points of a share of requests that fail; `undefined` of what is no such share. */
function percentOf({ signal, unit }: MeasuredSeries): number | undefined {
  if (signal !== "error") return undefined;
  if (unit === "percent") return 1;
  return unit === "ratio" ? 100 : undefined;
}

/** Whether a quantity lies on both sides of 0, or below it, so that no doubling of it has a meaning. */
function isSigned(values: Float64Array): boolean {
  let [below, all] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    all += 1;
    if (value < 0) below += 1;
  }
  return below > all * SIGNED_RATIO;
}

/** Of a quantity that is usually 0 everywhere: how large it is where it is not. */
function usualRise(values: Float64Array): number {
  return (
    quantileIn(
      values.filter((value) => value > 0),
      0.5,
    ) || 0
  );
}

/** Reorders the values; `NaN` of none. */
function quantileIn(values: Float64Array, share: number): number {
  return quantilesIn(values, [share])[0] ?? Number.NaN;
}
