/** Composes tables of series in which it is known what moved, and when. */

import type { MeasuredSeries, MeasuredTable } from "../../../../src/core/diagnosis/ranking/measured.ts";
import { type Random, seededRandom } from "../../../../src/core/system/random.ts";

/** Rows of a composed table, and the row at which trouble begins; a step is a second. */
export const ROWS = 200;
export const ONSET = 180;
export const ONSET_MS = ONSET * 1000;

/** How a series runs: its level, its noise, and what becomes of it at a row. */
export interface Run {
  readonly level?: number;
  /** Share of the level. @default {0.05} */
  readonly noise?: number;
  readonly seed?: number;
  /** The value at a row, from that without trouble. */
  readonly become?: (value: number, row: number) => number;
}

/** One series that runs so. */
export function runOf(
  of: Pick<MeasuredSeries, "component" | "metric" | "signal" | "unit">,
  { level = 1, noise = 0.05, seed = 1, become = (value) => value }: Run = {},
): MeasuredSeries {
  const random = seededRandom(seed + of.component.length * 7 + of.metric.length);
  const values = Float64Array.from({ length: ROWS }, (_, row) => become(level * (1 + noise * normal(random)), row));
  return { ...of, values };
}

/** A table of these series. */
export function tableOf(...series: readonly MeasuredSeries[]): MeasuredTable {
  return { atMs: Array.from({ length: ROWS }, (_, row) => row * 1000), series };
}

/** What multiplies a value from a row on. */
export function times(factor: number, from = ONSET): (value: number, row: number) => number {
  return (value, row) => (row >= from ? value * factor : value);
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
