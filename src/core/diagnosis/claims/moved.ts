/** `moved`: the newest readings of a series against the healthy ones before a moment, in terms of how much it moves anyway. */

import * as v from "valibot";
import { baseline, medianOf, risesOf } from "../../system/series-math.ts";
import { formatIso } from "../../text/units.ts";
import { decided, defineClaim, unknown } from "./kind.ts";

/** Readings that say how it is now, and how it was; fewer than the second figure say nothing. */
const NEWEST = { most: 5, fewest: 3 } as const;
const HEALTHY = { most: 60, fewest: 10 } as const;

/** Spreads by which it must lie outside of what is usual. */
const SPREADS = 6;
/** Of a series that hardly moves, the share of its own value that counts as its spread. */
const LEAST_SPREAD_RATIO = 0.05;
/** Milliseconds before the moment from which healthy readings are asked for. */
const HEALTHY_MS = 600_000;

const Schema = v.object({
  kind: v.literal("moved"),
  metric: v.string(),
  labels: v.record(v.string(), v.string()),
  direction: v.picklist(["up", "down"]),
  /** Epoch milliseconds before which it was healthy. */
  sinceMs: v.number(),
  /** Whether it is a counter, of which the rise per second is compared. */
  perSecond: v.exactOptional(v.boolean()),
});

/** A series that has moved may stay there. */
export const moved = defineClaim({
  schema: Schema,
  evaluate({ metric, labels, direction, sinceMs, perSecond = false }, { now, series }) {
    const name = nameOf(metric, labels);
    const window = series.find((one) => one.metric === metric && Bun.deepEquals(one.labels, labels));
    const levels = perSecond ? risesOf(window?.points ?? []) : (window?.points ?? []);
    const before = levels.filter(({ atMs }) => atMs < sinceMs).slice(-HEALTHY.most);
    const since = levels.filter(({ atMs }) => atMs >= sinceMs && atMs <= now.picture.atMs).slice(-NEWEST.most);
    const usual = baseline(before.map(({ value }) => value));
    const is = medianOf(since.map(({ value }) => value));
    if (!usual || is === undefined || before.length < HEALTHY.fewest || since.length < NEWEST.fewest) {
      return unknown(`${name} has ${since.length} readings since ${formatIso(sinceMs)} and ${before.length} before`);
    }
    const spread = Math.max(usual.medianDeviation, Math.abs(usual.median) * LEAST_SPREAD_RATIO, Number.EPSILON);
    const by = direction === "up" ? is - usual.median : usual.median - is;
    const figure =
      `${name}: median of the newest ${since.length} readings ${short(is)}, of ${before.length} healthy ones before ` +
      `${formatIso(sinceMs)} ${short(usual.median)} (spread ${short(usual.medianDeviation)})`;
    return decided(by > SPREADS * spread, figure);
  },
  persists: () => true,
  neutral: () => true,
  questions: ({ metric, labels, sinceMs }, endMs) => [
    { metric, labels, windowMs: Math.max(0, endMs - sinceMs) + HEALTHY_MS, endMs },
  ],
  words: ({ metric, labels, direction }) => `${nameOf(metric, labels)} went ${direction}`,
});

function nameOf(metric: string, { component, ...labels }: Readonly<Record<string, string>>): string {
  const rest = Object.keys(labels).length > 0 ? ` ${JSON.stringify(labels)}` : "";
  return `${metric}${component === undefined ? "" : ` of ${component}`}${rest}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
