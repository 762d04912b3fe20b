/** `level`: the median of a series' last window against its median over a baseline. */

import * as v from "valibot";
import type { Point } from "../../system/series.ts";
import { medianOf } from "../../system/series-math.ts";
import { decided, defineClaim, unknown } from "./kind.ts";

/** Fewest points from which a level is read. */
const MINIMUM_POINTS = 3;

/** A level that is off may last. */
export const level = defineClaim({
  schema: v.object({
    kind: v.literal("level"),
    metric: v.string(),
    labels: v.record(v.string(), v.string()),
    /** Milliseconds back from the look that is judged. */
    windowMs: v.pipe(v.number(), v.minValue(1)),
    /** Epoch milliseconds. */
    baselineFromMs: v.number(),
    /** Epoch milliseconds. */
    baselineToMs: v.number(),
    comparison: v.picklist(["above", "below"]),
    /** How many times the baseline. */
    factor: v.pipe(v.number(), v.gtValue(0)),
  }),
  evaluate({ metric, labels, windowMs, baselineFromMs, baselineToMs, comparison, factor }, { now, series }) {
    const points = series.find((window) => window.metric === metric && matches(window.labels, labels))?.points ?? [];
    const endMs = now.picture.atMs;
    const baseline = middleOf(points.filter(({ atMs }) => atMs >= baselineFromMs && atMs <= baselineToMs));
    const current = middleOf(points.filter(({ atMs }) => atMs > endMs - windowMs && atMs <= endMs));
    if (baseline === undefined || current === undefined) return unknown(`${metric} has too few points to compare`);
    const figure = `${metric} median is ${current}, was ${baseline} in the baseline`;
    return decided(comparison === "above" ? current > baseline * factor : current < baseline * factor, figure);
  },
  persists: () => true,
  neutral: () => true,
  questions: ({ metric, labels, baselineFromMs }, endMs) => [
    { metric, labels, windowMs: Math.max(0, endMs - baselineFromMs), endMs },
  ],
  words: ({ metric, labels, comparison, factor }) =>
    `${metric} ${JSON.stringify(labels)} is ${comparison} ${factor} times its baseline`,
});

function matches(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

function middleOf(points: readonly Point[]): number | undefined {
  return points.length < MINIMUM_POINTS ? undefined : medianOf(points.map(({ value }) => value));
}
