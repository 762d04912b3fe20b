/** Series as one line each: a name, a sparkline, the last value. */

import type { Point, SeriesWindow } from "../../core/system/series.ts";
import { medianOf, risesOf } from "../../core/system/series-math.ts";
import { formatQuantity } from "../../core/text/units.ts";
import type { SeriesKind } from "../../database/mod.ts";
import type { Chart } from "../../runtime/views/charts.ts";
import { tableLines } from "../table.ts";

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
  const stepMs = Math.max(1, medianOf(gaps) ?? 1);
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

/** Of a counter how fast it rises, of everything else the value. */
export function shownPoints({ kind, window }: Chart): readonly Point[] {
  return kind.kind === "counter" ? risesOf(window.points) : window.points;
}

/** A value of it for people. */
export function quantityOf({ kind, unit }: SeriesKind, value: number): string {
  return `${formatQuantity(value, unit)}${kind === "counter" ? "/s" : ""}`;
}

function longest(lines: readonly string[]): string {
  return lines.toSorted((a, b) => Bun.stringWidth(b) - Bun.stringWidth(a))[0] ?? "";
}

function ownerOf({ labels }: SeriesWindow): string {
  const { component = "", to } = labels;
  return to === undefined ? component : `${component} to ${to}`;
}
