/** Answers a question about series from packed samples. */

import type { Database as Sqlite } from "bun:sqlite";
import type { Point, PointsQuestion, SeriesQuestion, SeriesSelection, SeriesWindow } from "../../core/system/series.ts";
import { aggregateSeries } from "../../core/system/series-aggregate.ts";
import {
  checkQuestion,
  isAggregate,
  MOST_POINTS,
  matchesLabels,
  sampledMetricOf,
  tooLarge,
  withinCaps,
} from "../../core/system/series-question.ts";
import { jsonColumn } from "../sqlite/json.ts";
import { orTold, readable } from "../sqlite/unreadable.ts";

const labelsColumn = jsonColumn(
  (value): value is readonly (readonly [string, string])[] =>
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === "string")),
);

/** The series of one shape, by their place; shapes never change. */
type ShapeCache = Map<number, Uint32Array>;

/** Reads samples of an instance. */
export type WindowReader = (instance: number, question: SeriesQuestion) => readonly SeriesWindow[];

interface SeriesRow {
  readonly id: number;
  readonly labels: string;
}

interface PackedRow {
  readonly id: number;
  readonly at_ms: number;
  readonly shape: number;
  readonly packed: Uint8Array;
}

interface OpenWindow extends SeriesWindow {
  readonly points: Point[];
}

/** Position of a wanted series in the packed values of a shape. */
interface Place {
  readonly index: number;
  readonly window: OpenWindow;
}

/** What is read: series of one metric from one span, both ends included. */
interface Reading {
  readonly question: SeriesQuestion;
  readonly selection: SeriesSelection;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Shapes kept in the cache before it is cleared. */
const REMEMBERED_SHAPES = 256;

/**
 * The reader of one connection.
 * @throws {InvalidInputError} If a question contradicts itself.
 * @throws {ProbeError} If an answer or its input is too large.
 */
export function windowReader(sqlite: Sqlite): WindowReader {
  const shapes: ShapeCache = new Map();
  return (instance, question) => {
    checkQuestion(question);
    const reading = readingOf(question);
    const recorded = recordedOf(sqlite, { instance, shapes, reading });
    const answer = isAggregate(question) ? aggregateSeries(recorded, question) : recorded;
    return withinCaps(
      question,
      answer.filter(({ points }) => points.length > 0),
    );
  };
}

function readingOf(question: SeriesQuestion): Reading {
  if (!isAggregate(question)) return { question, selection: question, ...spanOf(question) };
  const { labels = {}, overMs, range } = question;
  const selection = { metric: sampledMetricOf(question), labels };
  return { question, selection, fromMs: range.startMs - overMs, toMs: range.endMs };
}

function spanOf({ windowMs, endMs = Date.now() }: PointsQuestion): { fromMs: number; toMs: number } {
  return { fromMs: endMs - windowMs, toMs: endMs };
}

interface Source {
  readonly instance: number;
  readonly shapes: ShapeCache;
  readonly reading: Reading;
}

/** The points of every matching series, oldest first. */
function recordedOf(sqlite: Sqlite, { instance, shapes, reading }: Source): readonly SeriesWindow[] {
  const { question, selection, fromMs, toMs } = reading;
  // A value that is not a number is not returned, but computations must know of it.
  const keepsNaN = isAggregate(question);
  const wanted = wantedSeries(sqlite, instance, selection);
  if (wanted.size === 0) return [];
  const places = placesIn(sqlite, shapes, { wanted, span: [instance, fromMs, toMs] });
  if (places.size === 0) return [];
  const rows = sqlite.query<PackedRow, [number, number, number, string]>(
    `SELECT id, at_ms, shape, packed FROM samples WHERE instance = ? AND at_ms BETWEEN ? AND ?
       AND shape IN (SELECT value FROM json_each(?)) ORDER BY at_ms`,
  );
  let scratch = new Float64Array(1024);
  let pointCount = 0;
  for (const { id, at_ms, shape, packed } of rows.iterate(instance, fromMs, toMs, JSON.stringify([...places.keys()]))) {
    // Copied, since a view on the row's own buffer costs more than the bytes and may not be aligned.
    if (packed.length > scratch.byteLength) scratch = new Float64Array(Math.ceil(packed.length / 8));
    new Uint8Array(scratch.buffer).set(packed);
    const length = packed.length / 8;
    const all = places.get(shape) ?? [];
    const own = all.every(({ index }) => index < length) && Number.isInteger(length) ? all : [];
    if (own !== all) orTold(undefined, { table: "samples", id }, undefined);
    for (const { index, window } of own) {
      const value = scratch[index] ?? Number.NaN;
      if (keepsNaN || !Number.isNaN(value)) window.points.push({ atMs: at_ms, value });
    }
    pointCount += own.length;
    if (pointCount > MOST_POINTS) throw tooLarge(question, `more than ${MOST_POINTS} recorded points`);
  }
  return [...wanted.values()];
}

function wantedSeries(sqlite: Sqlite, instance: number, selection: SeriesSelection): ReadonlyMap<number, OpenWindow> {
  const { metric } = selection;
  const rows = sqlite
    .query<SeriesRow, [number, string]>("SELECT id, labels FROM series WHERE instance = ? AND metric = ?")
    .all(instance, metric);
  const windows = readable(rows, "series", ({ id, labels }) => {
    const pairs = labelsColumn.read(labels);
    return pairs && ([id, Object.fromEntries(pairs)] as const);
  });
  const meant = windows.filter(([, own]) => matchesLabels(own, selection));
  return new Map(meant.map(([id, labels]) => [id, { metric, labels, points: [] }]));
}

interface Wanted {
  readonly wanted: ReadonlyMap<number, OpenWindow>;
  /** Instance, from and to. */
  readonly span: readonly [number, number, number];
}

/** The places of the wanted series in each shape of the span that has any. */
function placesIn(sqlite: Sqlite, shapes: ShapeCache, { wanted, span }: Wanted): ReadonlyMap<number, readonly Place[]> {
  const used = sqlite
    .query<{ shape: number }, [number, number, number]>(
      "SELECT DISTINCT shape FROM samples WHERE instance = ? AND at_ms BETWEEN ? AND ?",
    )
    .all(...span);
  const places = new Map<number, readonly Place[]>();
  for (const { shape } of used) {
    const own: Place[] = [];
    for (const [index, series] of seriesOf(sqlite, shapes, shape).entries()) {
      const window = wanted.get(series);
      if (window) own.push({ index, window });
    }
    if (own.length > 0) places.set(shape, own);
  }
  return places;
}

function seriesOf(sqlite: Sqlite, shapes: ShapeCache, shape: number): Uint32Array {
  const known = shapes.get(shape);
  if (known) return known;
  const row = sqlite.query<{ series: Uint8Array }, [number]>("SELECT series FROM shapes WHERE id = ?").get(shape);
  const bytes = new Uint8Array(row?.series ?? []);
  const whole = bytes.length % 4 === 0 ? bytes : undefined;
  const series = new Uint32Array(orTold(whole, { table: "shapes", id: shape }, new Uint8Array()).buffer);
  if (shapes.size >= REMEMBERED_SHAPES) shapes.clear();
  shapes.set(shape, series);
  return series;
}
