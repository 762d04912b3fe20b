/** Series as one line each: a name, a sparkline, the last value. */

import type { Point, SeriesWindow } from "../core/system/series.ts";
import { median } from "../core/system/series-math.ts";
import { formatQuantity } from "../core/text/units.ts";
import type { SeriesKind } from "../database/mod.ts";
import { tableLines } from "./table.ts";

/** One series of the picture, and what is known of all of its name. */
export interface Chart {
  readonly kind: SeriesKind;
  readonly window: SeriesWindow;
}

const BARS = "▁▂▃▄▅▆▇█";

/** Columns that a sparkline takes at most, and at least, however narrow the terminal. */
const MOST_COLUMNS = 40;
const LEAST_COLUMNS = 8;
const GAP = "  ".length;

/** After so many samples that did not come a series is over. */
const MISSED_SAMPLES = 3;

/** How charts are drawn. */
export interface ChartOptions {
  /** Room for a line, to which the shapes are squeezed. */
  readonly columns?: number;
  /** Epoch milliseconds; absent where it is about the past. */
  readonly nowMs?: number;
}

/** Cells of a line each: whose series, its shape, where it is now. The same column is the same time in all of them. */
export function chartRows(charts: readonly Chart[], options: ChartOptions = {}): readonly (readonly string[])[] {
  const { columns = Number.POSITIVE_INFINITY, nowMs = Number.NEGATIVE_INFINITY } = options;
  const drawn = charts.map((chart) => ({ chart, points: shownPoints(chart) }));
  const times = timesOf(
    drawn.map(({ points }) => points),
    nowMs,
  );
  const cells = drawn.map(({ chart: { kind, window }, points }) => {
    const last = points.at(-1);
    const shown = last === undefined || isOver(last, times) ? "-" : quantityOf(kind, last.value);
    return { owner: ownerOf(window), name: kind.name, shown };
  });
  const left = columns - Bun.stringWidth(longest(tableLines(cells.map((row) => Object.values(row))))) - GAP;
  const frame = frameOf(times, Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, left)));
  return cells.map(({ owner, name, shown }, row) => {
    return [owner, name, sparkline(columnsOf(drawn[row]?.points ?? [], frame)), shown];
  });
}

/** One block character per value, scaled from 0 to the largest; a blank where there is none. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const top = Math.max(...values.map((value = 0) => value), Number.MIN_VALUE);
  return values
    .map((value = Number.NaN) => BARS[Math.min(7, Math.max(0, Math.round((value / top) * 7)))] ?? " ")
    .join("");
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
interface Times {
  readonly fromMs: number;
  readonly toMs: number;
  /** Between two samples. */
  readonly stepMs: number;
}

/** Up to the newest sample, or up to now where the newest is old. */
function timesOf(series: readonly (readonly Point[])[], nowMs: number): Times {
  const all = series.flat().map(({ atMs }) => atMs);
  const gaps = series.flatMap((points) =>
    points.slice(1).map(({ atMs }, index) => atMs - (points[index]?.atMs ?? atMs)),
  );
  const stepMs = Math.max(1, median(gaps) ?? 1);
  const newest = { atMs: Math.max(...all) };
  const toMs = isOver(newest, { toMs: nowMs, stepMs }) ? nowMs : newest.atMs;
  return all.length > 0 ? { fromMs: Math.min(...all), toMs, stepMs } : { fromMs: 0, toMs: 0, stepMs };
}

/** Whether a series has come to its end before: what was last is not what is now. */
function isOver({ atMs }: Pick<Point, "atMs">, { toMs, stepMs }: Pick<Times, "toMs" | "stepMs">): boolean {
  return toMs - atMs > MISSED_SAMPLES * stepMs;
}

interface Frame extends Times {
  readonly samplesPerColumn: number;
  readonly columns: number;
}

function frameOf(times: Times, mostColumns: number): Frame {
  const samples = Math.round((times.toMs - times.fromMs) / times.stepMs) + 1;
  const samplesPerColumn = Math.ceil(samples / mostColumns);
  return { ...times, samplesPerColumn, columns: Math.ceil(samples / samplesPerColumn) };
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
