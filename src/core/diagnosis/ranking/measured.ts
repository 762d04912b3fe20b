/** The series a ranking is computed from: from any source, all on one column of times. */

import type { Signal } from "../../system/picture.ts";
import type { Point, SeriesWindow } from "../../system/series.ts";
import { levelsOf, quantileLevels } from "../../system/statistics/levels.ts";

/** One quantity of one component at each moment of a table. */
export interface MeasuredSeries {
  readonly component: string;
  /** The same for the same quantity of every component. */
  readonly metric: string;
  readonly signal: Signal;
  /** A share of requests is `ratio` (0 to 1) or `percent`; every other unit may be anything. */
  readonly unit?: string;
  /** `NaN` where nothing was measured. */
  readonly values: Float64Array;
}

/** Series that have their times in common. */
export interface MeasuredTable {
  /** Epoch milliseconds, ascending. */
  readonly atMs: readonly number[];
  readonly series: readonly MeasuredSeries[];
}

const HISTOGRAM_QUANTILE = 0.99;

/** What a window does not say of itself. */
export interface WindowKind {
  readonly component: string;
  readonly signal: Signal;
  readonly unit?: string;
  /** A counter is ranked by its rate, a histogram, which has one window per bucket, by its 99th percentile. */
  readonly kind: "counter" | "gauge" | "quantile" | "histogram";
}

/**
 * Brings windows of points, from a recorder or a Prometheus, to one column of times. A moment is the middle of a step:
 * points of different series that lie in one step belong to one moment.
 * @param kindOf What a window is of; `undefined` leaves it out.
 */
export function measuredTable(
  windows: readonly SeriesWindow[],
  kindOf: (window: SeriesWindow) => WindowKind | undefined,
): MeasuredTable {
  const known = windows.flatMap((window): Known[] => {
    const kind = kindOf(window);
    return kind ? [{ kind, window }] : [];
  });
  const kept = leveled(known).filter(({ points }) => points.length > 0);
  const stepMs = usualStepMs(kept.map(({ points }) => points.map(({ atMs }) => atMs)));
  const slots = new Set(kept.flatMap(({ points }) => points.map(({ atMs }) => Math.round(atMs / stepMs))));
  const ordered = [...slots].toSorted((a, b) => a - b);
  const placeOf = new Map(ordered.map((slot, place) => [slot, place]));
  return {
    atMs: ordered.map((slot) => slot * stepMs),
    series: kept.map(({ kind: { component, signal, unit }, metric, points }) => {
      const values = new Float64Array(ordered.length).fill(Number.NaN);
      for (const { atMs, value } of points) values[placeOf.get(Math.round(atMs / stepMs)) ?? 0] = value;
      return { component, metric, signal, ...(unit !== undefined && { unit }), values };
    }),
  };
}

interface Known {
  readonly kind: WindowKind;
  readonly window: SeriesWindow;
}

interface Leveled {
  readonly kind: WindowKind;
  readonly metric: string;
  readonly points: readonly Point[];
}

/** The windows of one histogram become one. */
function leveled(known: readonly Known[]): readonly Leveled[] {
  const groups = Map.groupBy(known, ({ kind, window }) =>
    kind.kind === "histogram" ? `${kind.component} ${window.metric}` : window,
  );
  return [...groups.values()].flatMap((own) =>
    own.slice(0, 1).map(({ kind, window: { metric, points } }) => {
      if (kind.kind !== "histogram") return { kind, metric, points: levelsOf(points, kind.kind) };
      const buckets = own.map(({ window }) => window);
      return { kind, metric, points: quantileLevels(buckets, HISTOGRAM_QUANTILE) };
    }),
  );
}

/** Milliseconds between two neighbouring moments, as is usual among these; 1 where there are no two. */
export function usualStepMs(columns: readonly (readonly number[])[]): number {
  const steps = columns
    .flatMap((column) => column.slice(1).map((atMs, index) => atMs - (column[index] ?? atMs)))
    .filter((step) => step > 0)
    .toSorted((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 1;
}
