/** Reads the series of a case: a baseline from before the beginning, how it began, and what they show now. */

import type { SeriesWindow } from "../../core/system/series.ts";
import { type ComponentId, isComponentId } from "../../core/words/ids.ts";
import type { Database, SeriesKind } from "../../database/mod.ts";
import type { SeriesTable } from "./parts.ts";

/** Which series are read. */
export interface SeriesWanted {
  /** Id of the instance. */
  readonly instance: number;
  /** Epoch milliseconds of the first violation. */
  readonly beganAtMs: number;
  /** Epoch milliseconds of the look that is judged. */
  readonly atMs: number;
  /** Components whose series matter most. */
  readonly touched: ReadonlySet<ComponentId>;
  /** How many components there are. */
  readonly componentCount: number;
}

/** Milliseconds before the beginning from which series are read. */
const BASELINE_MS = 900_000;
/** Milliseconds after the beginning, and before the end, that are read. */
const EDGE_MS = 180_000;
/** Moments of the baseline at most, the newest; as many of how it began and of how it is now. */
const MOST_MOMENTS = 120;
/** Above so many components only the series of those that are touched are read, of the nearest of them. */
const MOST_COMPONENTS = 100;
const MOST_ROWS = 400;
/** Significant digits of a value: more would only make the file larger. */
const DIGITS = 6;

interface Row {
  readonly kind: SeriesKind;
  readonly window: SeriesWindow;
}

/** The series of the pictures, as far as they are on record. */
export function readSeriesTable(database: Database, wanted: SeriesWanted): SeriesTable {
  const rows = [...database.pictures.kinds(wanted.instance).values()].flatMap((kind) => rowsOf(kind, database, wanted));
  const chosen = rows
    .toSorted((a, b) => Number(isTouched(b, wanted)) - Number(isTouched(a, wanted)))
    .slice(0, MOST_ROWS);
  const times = new Set(chosen.flatMap(({ window }) => window.points.map(({ atMs }) => atMs)));
  return tableOf(
    chosen,
    momentsOf(
      [...times].toSorted((a, b) => a - b),
      wanted,
    ),
  );
}

function rowsOf(kind: SeriesKind, { samples }: Database, wanted: SeriesWanted): readonly Row[] {
  const { instance, touched, componentCount } = wanted;
  const nearest = [...touched].slice(0, MOST_COMPONENTS);
  const labels = componentCount > MOST_COMPONENTS ? nearest.map((component) => ({ component })) : [{}];
  const windows = spansOf(wanted).flatMap(({ fromMs, toMs }) =>
    labels.flatMap((labels) => {
      const question = { metric: kind.name, labels, windowMs: toMs - fromMs, endMs: toMs };
      return samples.query(instance, question);
    }),
  );
  const merged = new Map<string, Row>();
  for (const window of windows) {
    const key = JSON.stringify(window.labels);
    const points = [...(merged.get(key)?.window.points ?? []), ...window.points];
    merged.set(key, { kind, window: { ...window, points } });
  }
  return [...merged.values()];
}

/** From before the beginning until a little after it, and the last while; one span where these meet. */
function spansOf({ beganAtMs, atMs }: SeriesWanted): readonly { readonly fromMs: number; readonly toMs: number }[] {
  const fromMs = beganAtMs - BASELINE_MS;
  if (atMs - beganAtMs <= 2 * EDGE_MS) return [{ fromMs, toMs: atMs }];
  return [
    { fromMs, toMs: beganAtMs + EDGE_MS },
    { fromMs: atMs - EDGE_MS, toMs: atMs },
  ];
}

function isTouched({ window }: Row, { touched }: SeriesWanted): boolean {
  const component = window.labels["component"];
  return component !== undefined && isComponentId(component) && touched.has(component);
}

function momentsOf(times: readonly number[], { beganAtMs }: SeriesWanted): readonly number[] {
  const before = times.filter((time) => time < beganAtMs);
  const since = times.filter((time) => time >= beganAtMs);
  const first = since.slice(0, MOST_MOMENTS);
  return [...before.slice(-MOST_MOMENTS), ...first, ...since.slice(first.length).slice(-MOST_MOMENTS)];
}

function tableOf(rows: readonly Row[], atMs: readonly number[]): SeriesTable {
  return {
    atMs,
    rows: rows.map(({ kind: { name: metric, unit, kind, signal }, window: { labels, points } }) => {
      const values = new Map(points.map((point) => [point.atMs, point.value]));
      return { metric, labels, unit, kind, signal, values: atMs.map((time) => rounded(values.get(time))) };
    }),
  };
}

function rounded(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : Number(value.toPrecision(DIGITS));
}
