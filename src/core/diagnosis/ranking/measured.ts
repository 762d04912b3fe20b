/** The series a ranking is computed from: whoever measured them, all on one column of times. */

import type { Signal } from "../../system/picture.ts";
import type { SeriesWindow } from "../../system/series.ts";
import { ratesOf } from "../../system/series-math.ts";

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

/** What a window does not say of itself. */
export interface WindowKind {
  readonly component: string;
  readonly signal: Signal;
  readonly unit?: string;
  /** A counter is ranked by its rate. @default {false} */
  readonly isCounter?: boolean;
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
  const kept = windows.flatMap((window) => {
    const kind = kindOf(window);
    if (!kind) return [];
    const points = kind.isCounter ? ratesOf(window.points) : window.points;
    return points.length === 0 ? [] : [{ kind, metric: window.metric, points }];
  });
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

/** Milliseconds between two neighbouring moments, as is usual among these; 1 where there are no two. */
export function usualStepMs(columns: readonly (readonly number[])[]): number {
  const steps = columns
    .flatMap((column) => column.slice(1).map((atMs, index) => atMs - (column[index] ?? atMs)))
    .filter((step) => step > 0)
    .toSorted((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 1;
}
