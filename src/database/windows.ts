/** Answers a question about series from packed samples. */

import type { Database as Sqlite } from "bun:sqlite";
import type { Point, SeriesQuestion, SeriesWindow } from "../core/series.ts";
import { jsonColumn } from "./json.ts";

const labelsColumn = jsonColumn<readonly (readonly [string, string])[]>();

interface SeriesRow {
  readonly id: number;
  readonly labels: string;
}

interface PackedRow {
  readonly at_ms: number;
  readonly packed: Uint8Array;
}

interface OpenWindow extends SeriesWindow {
  readonly points: Point[];
}

/** The points of every series that fits the question, oldest first; series without a point are left out. */
export function windowsOf(sqlite: Sqlite, instance: number, question: SeriesQuestion): readonly SeriesWindow[] {
  const wanted = wantedSeries(sqlite, instance, question);
  const endMs = question.endMs ?? Date.now();
  const span = [instance, endMs - question.windowMs, endMs] as const;
  if (wanted.size === 0) return [];
  for (const shape of shapesIn(sqlite, span)) {
    const places = placesOf(sqlite, shape, wanted);
    if (places.length === 0) continue;
    const rows = sqlite.query<PackedRow, [number, number, number, number]>(
      "SELECT at_ms, packed FROM samples WHERE instance = ? AND at_ms BETWEEN ? AND ? AND shape = ? ORDER BY at_ms",
    );
    for (const { at_ms, packed } of rows.iterate(...span, shape)) {
      const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
      for (const { offset, window } of places) {
        const value = view.getFloat64(offset, true);
        if (!Number.isNaN(value)) window.points.push({ atMs: at_ms, value });
      }
    }
  }
  return [...wanted.values()].filter(({ points }) => points.length > 0).map(inTimeOrder);
}

function wantedSeries(
  sqlite: Sqlite,
  instance: number,
  { metric, labels = {} }: SeriesQuestion,
): ReadonlyMap<number, OpenWindow> {
  const rows = sqlite
    .query<SeriesRow, [number, string]>("SELECT id, labels FROM series WHERE instance = ? AND metric = ?")
    .all(instance, metric);
  const asked = Object.entries(labels);
  const windows = rows
    .map((row) => [row.id, Object.fromEntries(labelsColumn.read(row.labels))] as const)
    .filter(([, own]) => asked.every(([name, value]) => own[name] === value));
  return new Map(windows.map(([id, own]) => [id, { metric, labels: own, points: [] }]));
}

function shapesIn(sqlite: Sqlite, span: readonly [number, number, number]): readonly number[] {
  return sqlite
    .query<{ shape: number }, [number, number, number]>(
      "SELECT DISTINCT shape FROM samples WHERE instance = ? AND at_ms BETWEEN ? AND ?",
    )
    .all(...span)
    .map(({ shape }) => shape);
}

interface Place {
  /** Bytes into the packed values. */
  readonly offset: number;
  readonly window: OpenWindow;
}

function placesOf(sqlite: Sqlite, shape: number, wanted: ReadonlyMap<number, OpenWindow>): readonly Place[] {
  const row = sqlite.query<{ series: Uint8Array }, [number]>("SELECT series FROM shapes WHERE id = ?").get(shape);
  if (!row) return [];
  const view = new DataView(row.series.buffer, row.series.byteOffset, row.series.byteLength);
  const places: Place[] = [];
  for (let index = 0; index * 4 < row.series.byteLength; index++) {
    const window = wanted.get(view.getUint32(index * 4, true));
    if (window) places.push({ offset: index * 8, window });
  }
  return places;
}

/** Only a series that moved between shapes is out of order. */
function inTimeOrder(window: OpenWindow): SeriesWindow {
  return { ...window, points: window.points.toSorted((a, b) => a.atMs - b.atMs) };
}
