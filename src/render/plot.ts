/** A series over time as a few lines of braille: a scale on the left, the threshold marked, clock times below. */

import type { Point } from "../core/system/series.ts";
import type { Verdict } from "../core/words/verdict.ts";
import { longestGapMs, plotScale } from "./plot-scale.ts";
import { padded } from "./table.ts";

/** The time that everything below each other shares. */
export interface Frame {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds. */
  readonly toMs: number;
  /** Cells of the time axis. */
  readonly cells: number;
}

/** What is plotted. */
export interface Plot {
  readonly points: readonly Point[];
  /** Marked where there is one, in the unit of the points. */
  readonly limit?: number;
  readonly format: (value: number) => string;
}

/** Dots of one braille cell. */
const DOTS_ACROSS = 2;
const DOTS_DOWN = 4;
/** Bits of the dots of a cell, by column and row. */
const BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const BLANK = 0x2800;
const LIMIT = "┄";

/** So many lines, each with its place on the scale before it. */
export function plotLines(
  plot: Plot,
  frame: Frame,
  { rows, gutter }: { readonly rows: number; readonly gutter: number },
): readonly string[] {
  const scale = scaleOf(plot, rows);
  const grid = Array.from({ length: rows }, () => Array.from({ length: frame.cells }, () => 0));
  drawLine(grid, columnsOf(plot.points, frame), scale);
  const { limit, format } = plot;
  const limitRow = limit === undefined ? undefined : Math.floor(scale.dotOf(limit) / DOTS_DOWN);
  const labels = new Map([
    [0, format(scale.top)],
    [rows - 1, format(scale.base)],
    ...(limit === undefined || limitRow === undefined ? [] : [[limitRow, format(limit)] as const]),
  ]);
  return grid.map((cells, row) => {
    const drawn = cells.map((bits) => (bits === 0 ? emptyCell(row === limitRow) : String.fromCodePoint(BLANK + bits)));
    return `${padded(labels.get(row) ?? "", gutter, "left")} ${drawn.join("")}`.trimEnd();
  });
}

/** One cell each: violated, holds, or unknown. */
export function verdictStrip(
  changes: readonly { readonly atMs: number; readonly verdict: Verdict }[],
  frame: Frame,
): string {
  const stepMs = (frame.toMs - frame.fromMs) / frame.cells;
  return Array.from({ length: frame.cells }, (_, cell) => {
    const startMs = frame.fromMs + cell * stepMs;
    const within = changes.filter(({ atMs }) => atMs > startMs && atMs <= startMs + stepMs);
    const before = changes.findLast(({ atMs }) => atMs <= startMs);
    const verdicts = [...(before ? [before] : []), ...within].map(({ verdict }) => verdict);
    if (verdicts.includes("violated")) return "█";
    if (verdicts.length === 0 || verdicts.includes("unknown")) return "·";
    return "▁";
  }).join("");
}

/** Clock times below a plot: its beginning, a moment that matters, its end. */
export function timeAxis(frame: Frame, moment: { readonly atMs: number; readonly word: string }): string {
  const { fromMs, toMs, cells } = frame;
  const at = Math.round(((moment.atMs - fromMs) / Math.max(1, toMs - fromMs)) * (cells - 1));
  const [first, last] = [utcClock(fromMs), utcClock(toMs)];
  const mark = `▲${utcClock(moment.atMs)} ${moment.word}`;
  const line = `${" ".repeat(Math.max(0, at))}${mark}`;
  const begun = at > first.length ? first + line.slice(first.length) : line;
  return begun.length + last.length < cells ? padded(begun, cells - last.length) + last : begun;
}

/** Hours, minutes and seconds in UTC, as all times of records are. */
export function utcClock(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

interface Scale {
  readonly top: number;
  readonly base: number;
  /** Row of a value, counted in dots from above. */
  readonly dotOf: (value: number) => number;
}

function scaleOf({ points, limit }: Plot, rows: number): Scale {
  const { top, base } = plotScale(points, limit);
  const dots = rows * DOTS_DOWN - 1;
  return { top, base, dotOf: (value) => (top === base ? dots : Math.round(((top - value) / (top - base)) * dots)) };
}

/** The largest value of each column of dots; a line goes on over a sample or two that did not come. */
function columnsOf(points: readonly Point[], { fromMs, toMs, cells }: Frame): readonly (number | undefined)[] {
  const count = cells * DOTS_ACROSS;
  const columns = Array.from({ length: count }, (): number | undefined => undefined);
  const shown = points.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const columnOf = (atMs: number): number =>
    Math.min(count - 1, Math.floor(((atMs - fromMs) / Math.max(1, toMs - fromMs)) * count));
  for (const { atMs, value } of shown) {
    const column = columnOf(atMs);
    columns[column] = Math.max(columns[column] ?? value, value);
  }
  const gapMs = longestGapMs(shown);
  for (const [index, { atMs, value }] of shown.entries()) {
    const next = shown[index + 1];
    if (!next || next.atMs - atMs > gapMs) continue;
    for (let column = columnOf(atMs) + 1; column < columnOf(next.atMs); column += 1) columns[column] ??= value;
  }
  return columns;
}

function drawLine(grid: number[][], columns: readonly (number | undefined)[], { dotOf }: Scale): void {
  let before: number | undefined;
  for (const [column, value] of columns.entries()) {
    const dot = value === undefined ? undefined : dotOf(value);
    if (dot !== undefined) {
      const from = before ?? dot;
      for (let at = Math.min(from, dot); at <= Math.max(from, dot); at += 1) setDot(grid, column, at);
    }
    before = dot;
  }
}

function setDot(grid: number[][], column: number, dot: number): void {
  const row = grid[Math.floor(dot / DOTS_DOWN)];
  const cell = Math.floor(column / DOTS_ACROSS);
  const bit = BITS[column % DOTS_ACROSS === 0 ? 0 : 1][dot % DOTS_DOWN] ?? 0;
  if (row) row[cell] = (row[cell] ?? 0) | bit;
}

function emptyCell(isLimit: boolean): string {
  return isLimit ? LIMIT : " ";
}
