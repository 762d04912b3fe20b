/** Series as one line each: a name, a sparkline, the last value. */

import type { Point, SeriesWindow } from "../../core/series.ts";
import { median } from "../../core/series-math.ts";
import { formatQuantity } from "../../core/units.ts";
import type { SeriesKind } from "../../database/mod.ts";
import { sparkline } from "../../terminal/text.ts";

/** One series of the picture, and what is known of all of its name. */
export interface Chart {
  readonly kind: SeriesKind;
  readonly window: SeriesWindow;
}

/** Columns that a sparkline takes at most. */
const SPARK_COLUMNS = 40;

/** Cells of a line: whose series, its shape, where it is now. */
export function chartCells({ kind, window }: Chart): readonly string[] {
  const values = shownPoints({ kind, window }).map(({ value }) => value);
  const last = values.at(-1);
  const unit = kind.kind === "counter" ? `${kind.unit}/s` : kind.unit;
  const shown = last === undefined ? "-" : formatQuantity(last, unit);
  return [ownerOf(window), kind.name, sparkline(squeezed(values)), shown];
}

/** Series that moved most at a moment: how far their level before lies from that after, in terms of how much they move anyway. */
export function movedMost(charts: readonly Chart[], atMs: number, count: number): readonly Chart[] {
  return charts
    .map((chart) => ({ chart, moved: movement(shownPoints(chart), atMs) }))
    .filter(({ moved }) => moved > 1)
    .toSorted((a, b) => b.moved - a.moved)
    .slice(0, count)
    .map(({ chart }) => chart);
}

function movement(points: readonly Point[], atMs: number): number {
  const before = points.filter((point) => point.atMs < atMs).map(({ value }) => value);
  const after = points.filter((point) => point.atMs >= atMs).map(({ value }) => value);
  const [from, to] = [median(before), median(after)];
  if (from === undefined || to === undefined) return 0;
  const usual = median(before.map((value) => Math.abs(value - from))) ?? 0;
  // A series that hardly moved before must move by more than a tenth of itself.
  return Math.abs(to - from) / Math.max(3 * usual, Math.abs(from) / 10, Number.EPSILON);
}

/** Of a counter how fast it rises, of everything else the value. */
function shownPoints({ kind, window }: Chart): readonly Point[] {
  return kind.kind === "counter" ? risesOf(window.points) : window.points;
}

/** Of each two points what the counter rose by per second, a restart being a rise from nothing. */
function risesOf(points: readonly Point[]): readonly Point[] {
  return points.slice(1).map(({ atMs, value }, index) => {
    const { atMs: beforeMs = 0, value: before = 0 } = points[index] ?? {};
    const rise = value < before ? value : value - before;
    return { atMs, value: atMs > beforeMs ? (rise * 1000) / (atMs - beforeMs) : 0 };
  });
}

/** As many values as there are columns, each the largest of those it stands for, so that no peak is lost. */
function squeezed(values: readonly number[]): readonly number[] {
  const columns = Math.min(values.length, SPARK_COLUMNS);
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.floor(((column + 1) * values.length) / columns);
    return Math.max(...values.slice(from, to));
  });
}

function ownerOf({ labels }: SeriesWindow): string {
  const { component = "", to } = labels;
  return to === undefined ? component : `${component} to ${to}`;
}
