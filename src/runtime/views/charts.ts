/** Selects series to chart: those that move, and those that moved most at a moment. */

import type { SeriesWindow } from "../../core/system/series.ts";
import { medianOf, risesOf } from "../../core/system/series-math.ts";
import type { SeriesKind } from "../../database/mod.ts";

/** One series of the picture, and the metadata of its name. */
export interface Chart {
  readonly kind: SeriesKind;
  readonly window: SeriesWindow;
}

/** Among series by name, those that move and fit into the maximum of lines: all components of a name, or none. */
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

/** Series that moved most at a moment: the difference of their levels before and after, relative to their usual variation. */
export function movedMost(charts: readonly Chart[], atMs: number, count: number): readonly Chart[] {
  return charts
    .map((chart) => ({ chart, moved: movement(chart, atMs) }))
    .filter(({ moved }) => moved > 1)
    .toSorted((a, b) => b.moved - a.moved)
    .slice(0, count)
    .map(({ chart }) => chart);
}

function movement({ kind, window }: Chart, atMs: number): number {
  const points = kind.kind === "counter" ? risesOf(window.points) : window.points;
  const before = points.filter((point) => point.atMs < atMs).map(({ value }) => value);
  const after = points.filter((point) => point.atMs >= atMs).map(({ value }) => value);
  const [from, to] = [medianOf(before), medianOf(after)];
  if (from === undefined || to === undefined) return 0;
  const usual = medianOf(before.map((value) => Math.abs(value - from))) ?? 0;
  // A series that hardly moved before must move by more than a tenth of itself.
  return Math.abs(to - from) / Math.max(3 * usual, Math.abs(from) / 10, Number.EPSILON);
}

/** A flat series uses a line without information. */
function isMoving({ window: { points } }: Chart): boolean {
  return points.some(({ value }) => value !== points[0]?.value);
}
