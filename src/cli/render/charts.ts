/** Series as one line each: a name, a sparkline, the last value. */

import type { Point, SeriesWindow } from "../../core/series.ts";
import { median } from "../../core/series-math.ts";
import { formatQuantity } from "../../core/units.ts";
import type { SeriesKind } from "../../database/mod.ts";
import { tableLines } from "../../terminal/table.ts";
import { sparkline } from "../../terminal/text.ts";

/** One series of the picture, and what is known of all of its name. */
export interface Chart {
  readonly kind: SeriesKind;
  readonly window: SeriesWindow;
}

/** Columns that a sparkline takes at most, and at least, however narrow the terminal. */
const MOST_COLUMNS = 40;
const LEAST_COLUMNS = 8;
const GAP = "  ".length;

/**
 * Cells of a line each: whose series, its shape, where it is now. The same column is the same time in all of them.
 * @param columns Room for a line, to which the shapes are squeezed.
 */
export function chartRows(
  charts: readonly Chart[],
  columns = Number.POSITIVE_INFINITY,
): readonly (readonly string[])[] {
  const drawn = charts.map((chart) => {
    const points = shownPoints(chart);
    const last = points.at(-1);
    const shown = last === undefined ? "-" : quantityOf(chart.kind, last.value);
    return { points, owner: ownerOf(chart.window), name: chart.kind.name, shown };
  });
  const cells = drawn.map(({ owner, name, shown }) => [owner, name, shown]);
  const left = columns - Bun.stringWidth(longest(tableLines(cells))) - GAP;
  const frame = frameOf(
    drawn.map(({ points }) => points),
    Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, left)),
  );
  return drawn.map(({ points, owner, name, shown }) => [owner, name, sparkline(columnsOf(points, frame)), shown]);
}

/** Of series by name, those that move and fit into so many lines: all components of a name, or none. */
export function wholeNames(names: readonly (readonly Chart[])[], mostLines: number): readonly Chart[] {
  let left = mostLines;
  return names
    .filter((charts) => {
      const fits = charts.length <= left && charts.some(isMoving);
      if (fits) left -= charts.length;
      return fits;
    })
    .flat();
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

/** The time that sparklines beside each other share. */
interface Frame {
  readonly fromMs: number;
  /** Between two samples. */
  readonly stepMs: number;
  readonly samplesPerColumn: number;
  readonly columns: number;
}

function frameOf(series: readonly (readonly Point[])[], mostColumns: number): Frame {
  const times = series.flat().map(({ atMs }) => atMs);
  if (times.length === 0) return { fromMs: 0, stepMs: 1, samplesPerColumn: 1, columns: 0 };
  const [fromMs, toMs] = [Math.min(...times), Math.max(...times)];
  const gaps = series.flatMap((points) =>
    points.slice(1).map(({ atMs }, index) => atMs - (points[index]?.atMs ?? atMs)),
  );
  const stepMs = Math.max(1, median(gaps) ?? 1);
  const samples = Math.round((toMs - fromMs) / stepMs) + 1;
  const samplesPerColumn = Math.ceil(samples / mostColumns);
  return { fromMs, stepMs, samplesPerColumn, columns: Math.ceil(samples / samplesPerColumn) };
}

/** Each column is the largest value of its time, so that no peak is lost; nothing where there was no sample. */
function columnsOf(points: readonly Point[], frame: Frame): readonly (number | undefined)[] {
  const { fromMs, stepMs, samplesPerColumn, columns } = frame;
  const largest = Array.from({ length: columns }, (): number | undefined => undefined);
  for (const { atMs, value } of points) {
    const column = Math.floor(Math.round((atMs - fromMs) / stepMs) / samplesPerColumn);
    largest[column] = Math.max(largest[column] ?? value, value);
  }
  return largest;
}

/** A flat line takes a line and says nothing. */
function isMoving({ window: { points } }: Chart): boolean {
  return points.some(({ value }) => value !== points[0]?.value);
}

function quantityOf({ kind, unit }: SeriesKind, value: number): string {
  return `${formatQuantity(value, unit)}${kind === "counter" ? "/s" : ""}`;
}

function longest(lines: readonly string[]): string {
  return lines.toSorted((a, b) => Bun.stringWidth(b) - Bun.stringWidth(a))[0] ?? "";
}

function ownerOf({ labels }: SeriesWindow): string {
  const { component = "", to } = labels;
  return to === undefined ? component : `${component} to ${to}`;
}
