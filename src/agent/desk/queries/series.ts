/** `series` and `compare`: figures over a window with clock times, and what they were before a moment and after it. */

import * as v from "valibot";
import type { SeriesWindow } from "../../../core/system/series.ts";
import { baseline, risesOf } from "../../../core/system/series-math.ts";
import type { Case } from "../../case/case.ts";
import { defineQuery, type QueryContext } from "../query.ts";
import { ComponentField, isoOf, MomentField, mostOf } from "./fields.ts";

type Row = Case["series"]["rows"][number];

const SELECTION = {
  metric: v.optional(
    v.pipe(v.string(), v.description("Name of a series, or a part of it; the whole name of one that `metrics` lists.")),
  ),
  component: v.optional(ComponentField),
  signal: v.optional(v.picklist(["cpu", "memory", "io", "latency", "error", "traffic", "network", "node"])),
};

/** Milliseconds of a window, where none is named. */
const WINDOW_MS = 600_000;
/** Points of one series that are shown at most; the whole is kept for claims. */
const MOST_POINTS = 60;
/** Readings that say how something is now. */
const NEWEST = 5;
/** Readings that say how it was. */
const HEALTHY = 60;

/** The points of series over a window. */
export const series = defineQuery({
  name: "series",
  description: "Points of series over a window, with clock times, lowest, highest, middle and newest value.",
  input: v.object({ ...SELECTION, from: v.optional(MomentField), to: v.optional(MomentField), most: mostOf(10, 50) }),
  async answer({ from, to, most, ...wanted }, context) {
    const untilMs = to ?? context.evidence.now.picture.atMs;
    const sinceMs = from ?? untilMs - WINDOW_MS;
    const rows = matching(context.case, wanted);
    const windows = await read(rows.slice(0, most), { sinceMs, untilMs }, context);
    if (rows.length === 0) windows.push(...(await readByName(wanted, { sinceMs, untilMs, most }, context)));
    const shown = windows.map(({ row, window }) => ({ ...nameOf(row), ...describe(window) }));
    return {
      summary: `${shown.length} of ${Math.max(rows.length, shown.length)} series from ${isoOf(sinceMs)} to ${isoOf(untilMs)}`,
      value: shown,
      series: windows.map(({ window }) => window),
    };
  },
});

/** How far series are from what they were. */
export const compare = defineQuery({
  name: "compare",
  description: "Series before and after a moment: both medians, the usual spread and both counts, most moved first.",
  input: v.object({ ...SELECTION, at: v.optional(MomentField), most: mostOf(20, 100) }),
  async answer({ at, most, ...wanted }, context) {
    const atMs = at ?? context.case.incident.beganAtMs;
    const untilMs = context.evidence.now.picture.atMs;
    const windows = await read(matching(context.case, wanted), { sinceMs: atMs - WINDOW_MS, untilMs }, context);
    const compared = windows
      .flatMap(({ row, window }) => comparisonOf(row, window, atMs) ?? [])
      .toSorted((a, b) => b.moved - a.moved);
    return {
      summary: `${compared.length} series before and after ${isoOf(atMs)}`,
      value: compared.slice(0, most),
      series: windows.map(({ window }) => window),
    };
  },
});

type Wanted = { readonly [Name in "metric" | "component" | "signal"]?: string | undefined };

function matching({ series: { rows } }: Case, { metric, component, signal }: Wanted): readonly Row[] {
  return rows.filter(
    (row) =>
      (metric === undefined || row.metric.includes(metric)) &&
      (component === undefined || row.labels["component"] === component) &&
      (signal === undefined || row.signal === signal),
  );
}

interface Found {
  readonly row: Row;
  readonly window: SeriesWindow;
}

async function read(
  rows: readonly Row[],
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
  { sources, signal }: QueryContext,
): Promise<Found[]> {
  const span = { windowMs: Math.max(0, untilMs - sinceMs), endMs: untilMs };
  const found = rows.map(async (row): Promise<readonly Found[]> => {
    const { metric, labels } = row;
    const windows = await sources.series({ metric, labels, ...span }, signal);
    return windows.map((window) => ({ row, window }));
  });
  return (await Promise.all(found)).flat();
}

interface ByName {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly most: number;
}

/** Series that are in no picture, by the whole name of their metric; what they mean is not known here. */
async function readByName(
  { metric, component }: Wanted,
  { sinceMs, untilMs, most }: ByName,
  { sources, signal }: QueryContext,
): Promise<readonly Found[]> {
  if (metric === undefined) return [];
  const span = { windowMs: Math.max(0, untilMs - sinceMs), endMs: untilMs };
  const labels = component === undefined ? {} : { labels: { component } };
  const windows = await sources.series({ metric, ...labels, ...span }, signal);
  return windows.slice(0, most).map((window) => {
    const { labels: own } = window;
    return { row: { metric, labels: own, unit: "unknown", kind: "gauge", signal: "node", values: [] }, window };
  });
}

function nameOf({ metric, labels, unit, signal }: Row): object {
  return { metric, labels, unit, signal };
}

function describe({ points }: SeriesWindow): object {
  const values = points.map(({ value }) => value);
  const every = Math.max(1, Math.ceil(points.length / MOST_POINTS));
  const shown = points.filter((_, index) => (points.length - 1 - index) % every === 0);
  return {
    count: points.length,
    lowest: values.length > 0 ? Math.min(...values) : null,
    highest: values.length > 0 ? Math.max(...values) : null,
    median: baseline(values)?.median ?? null,
    newest: values.at(-1) ?? null,
    points: shown.map(({ atMs, value }) => [isoOf(atMs), value]),
  };
}

interface Levels {
  readonly median: number;
  /** Median of the distances from the median. */
  readonly spread: number;
  readonly count: number;
}

interface Compared {
  readonly before: Levels;
  readonly after: Levels;
  /** How many spreads lie between both. */
  readonly moved: number;
}

/** Counters are compared by what they rise per second. */
function comparisonOf(row: Row, { points }: SeriesWindow, atMs: number): Compared | undefined {
  const levels = row.kind === "counter" ? risesOf(points) : points;
  const before = levels.filter((point) => point.atMs < atMs).slice(-HEALTHY);
  const after = levels.filter((point) => point.atMs >= atMs).slice(-NEWEST);
  const was = baseline(before.map(({ value }) => value));
  const is = baseline(after.map(({ value }) => value));
  if (!was || !is) return undefined;
  const spread = Math.max(was.medianDeviation, Math.abs(was.median) / 20, Number.EPSILON);
  return {
    ...nameOf(row),
    before: { median: was.median, spread: was.medianDeviation, count: before.length },
    after: { median: is.median, spread: is.medianDeviation, count: after.length },
    moved: Math.abs(is.median - was.median) / spread,
  };
}
