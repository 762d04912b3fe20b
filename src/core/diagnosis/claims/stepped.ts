/** `stepped`: a series jumps from one reading to the next again and again, as it did not before a moment; its level may be what it was. */

import * as v from "valibot";
import type { Point } from "../../system/series.ts";
import { formatIso } from "../../text/units.ts";
import { decided, defineClaim, unknown } from "./kind.ts";

/** Share of what it was to which a fall takes a series at most. */
const FALLEN_RATIO = 0.5;
/** Steps of a kind that are no accident. A counter that counts what should not be counts from the first. */
const FEWEST = { fell: 2, rose: 1 } as const;
/** Times as often as before. */
const TIMES_AS_OFTEN = 4;
/** Readings that say how it is now, and how it was; fewer say nothing. */
const FEWEST_READINGS = { since: 3, before: 10 } as const;
/** Milliseconds before the moment from which healthy readings are asked for. */
const HEALTHY_MS = 600_000;

/** It is stored history, which never lasts. */
export const stepped = defineClaim({
  schema: v.object({
    kind: v.literal("stepped"),
    metric: v.string(),
    labels: v.record(v.string(), v.string()),
    /** `fell` to half or less from one reading to the next, `rose` by anything. */
    change: v.picklist(["fell", "rose"]),
    /** Epoch milliseconds before which it was healthy. */
    sinceMs: v.number(),
  }),
  evaluate({ metric, labels, change, sinceMs }, { now, series }) {
    const points = series.find((one) => one.metric === metric && Bun.deepEquals(one.labels, labels))?.points ?? [];
    const steps = stepsOf(points).filter(({ atMs }) => atMs <= now.picture.atMs);
    const [before, since] = [steps.filter(({ atMs }) => atMs < sinceMs), steps.filter(({ atMs }) => atMs >= sinceMs)];
    const name = `${metric}${labels["component"] === undefined ? "" : ` of ${labels["component"]}`}`;
    if (since.length < FEWEST_READINGS.since || before.length < FEWEST_READINGS.before) {
      return unknown(`${name} has ${since.length} readings since ${formatIso(sinceMs)} and ${before.length} before`);
    }
    const [was, is] = [before.filter(IS[change]).length, since.filter(IS[change]).length];
    const figure =
      `${name} ${change} ${change === "fell" ? "to half or less " : ""}at ${is} of ${since.length} readings ` +
      `since ${formatIso(sinceMs)}, at ${was} of ${before.length} before`;
    const isMoreOften = is / since.length >= TIMES_AS_OFTEN * (was / before.length);
    return decided(is >= FEWEST[change] && isMoreOften, figure);
  },
  persists: () => false,
  questions: ({ metric, labels, sinceMs }, endMs) => [
    { metric, labels, windowMs: Math.max(0, endMs - sinceMs) + HEALTHY_MS, endMs },
  ],
  words: ({ metric, labels, change }) =>
    `${metric}${labels["component"] === undefined ? "" : ` of ${labels["component"]}`} ${change} again and again`,
});

interface StepOf {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
}

function stepsOf(points: readonly Point[]): readonly StepOf[] {
  return points.slice(1).map(({ atMs, value: to }, index) => ({ atMs, from: points[index]?.value ?? to, to }));
}

const IS = {
  fell: ({ from, to }: StepOf) => from >= 2 && to <= from * FALLEN_RATIO,
  rose: ({ from, to }: StepOf) => to > from,
} as const;
