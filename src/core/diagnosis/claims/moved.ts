/** `moved`: the newest readings of a series against the healthy ones before a moment, in terms of how much it moves anyway. */

import * as v from "valibot";
import type { Point } from "../../system/series.ts";
import { type Baseline, baseline, medianOf, risesOf } from "../../system/series-math.ts";
import type { LookRecord } from "../../system/timeline.ts";
import { formatIso, formatQuantity } from "../../text/units.ts";
import { decided, defineClaim, unknown } from "./kind.ts";

/** Readings that say how it is now, and how it was; fewer than the second figure say nothing. */
const NEWEST = { most: 5, fewest: 3 } as const;
const HEALTHY = { most: 60, fewest: 10 } as const;
/** Healthy readings that suffice where every one since lies beyond them all: by chance 3 do so beyond 5 in 2 of 100 cases. */
const FEWEST_CLEAR = 5;

/** Spreads by which it must lie outside of what is usual. */
const SPREADS = 6;
/** Times the farthest that it usually goes in between: the spread of what comes in bursts says nothing of the bursts. */
const TAILS = 1.5;
/** Parts of the healthy time of which each has its farthest reading, and how many of them may be unusual: the trouble begins before it is seen. */
const PARTS = { many: 8, unusual: 2 } as const;
/** Times by which it must have grown or shrunk at least: of a series that hardly moves, every change lies outside of the spread. */
const LEAST_FOLD = 1.3;
/** Change that matters at least, by unit: smaller ones nobody notices, however steady the series was. */
const LEAST_CHANGE: ReadonlyMap<string, number> = new Map([
  ["seconds", 0.01],
  ["ratio", 0.05],
  ["1/s", 1],
  ["1", 1],
  ["bytes", 1_048_576],
]);
/** Milliseconds before the moment from which healthy readings are asked for. */
const HEALTHY_MS = 600_000;

const Schema = v.object({
  kind: v.literal("moved"),
  metric: v.string(),
  labels: v.record(v.string(), v.string()),
  direction: v.picklist(["up", "down"]),
  /** Epoch milliseconds before which it was healthy. */
  sinceMs: v.number(),
  /** Epoch milliseconds after which readings do not count. */
  untilMs: v.exactOptional(v.number()),
  /** Whether it is a counter, of which the rise per second is compared. */
  perSecond: v.exactOptional(v.boolean()),
  /** Whether it is only told as what came of a cause, so that nothing waits for its end. */
  isEffect: v.exactOptional(v.boolean()),
  /** Whether it shows what the component has to itself, such as its disk, so that nothing elsewhere brings it about. */
  isOwn: v.exactOptional(v.boolean()),
});

/** A series that has moved may stay there. */
export const moved = defineClaim({
  schema: Schema,
  evaluate({ metric, labels, direction, sinceMs, untilMs: endMs, perSecond = false }, { now, series }) {
    const name = nameOf(metric, labels);
    const window = series.find((one) => one.metric === metric && Bun.deepEquals(one.labels, labels));
    const levels = perSecond ? risesOf(window?.points ?? []) : (window?.points ?? []);
    const isUp = direction === "up";
    const unit = unitOf(metric, labels, { now, perSecond });
    const { before, untilMs } = steadyPart(levels.filter(({ atMs }) => atMs < sinceMs).slice(-HEALTHY.most), {
      isUp,
      unit,
      untilMs: sinceMs,
    });
    const lastMs = Math.min(now.picture.atMs, endMs ?? now.picture.atMs);
    const since = levels.filter(({ atMs }) => atMs >= sinceMs && atMs <= lastMs).slice(-NEWEST.most);
    const usual = baseline(before.map(({ value }) => value));
    const is = medianOf(since.map(({ value }) => value));
    const tooFew = `${name} has ${since.length} readings since ${formatIso(sinceMs)} and ${before.length} before`;
    if (!usual || is === undefined || before.length < FEWEST_CLEAR || since.length < NEWEST.fewest) {
      return unknown(tooFew);
    }
    const by = isUp ? is - usual.median : usual.median - is;
    const least = leastChange(before, { usual, isUp, unit });
    const isClear = by > 0 && gapBetween(before, since, isUp) >= least;
    if (before.length < HEALTHY.fewest && !isClear) return unknown(tooFew);
    const figure =
      `${name}: median ${short(is, unit)} in ${endMs === undefined ? "the newest " : ""}${since.length} readings${endMs === undefined ? "" : ` until ${formatIso(endMs)}`}, ` +
      `${short(usual.median, unit)} in ${before.length} healthy readings before ${formatIso(untilMs)} (spread ${short(usual.medianDeviation, unit)})`;
    return decided(by > 0 && by >= least, figure);
  },
  persists: ({ isEffect = false, untilMs }) => !isEffect && untilMs === undefined,
  neutral: () => true,
  questions: ({ metric, labels, sinceMs }, endMs) => [
    { metric, labels, windowMs: Math.max(0, endMs - sinceMs) + HEALTHY_MS, endMs },
  ],
  words: ({ metric, labels, direction }) => `${nameOf(metric, labels)} went ${direction}`,
});

/** How far the nearest reading since lies beyond the farthest one before; negative where they overlap. */
function gapBetween(before: readonly Point[], since: readonly Point[], isUp: boolean): number {
  const was = before.map(({ value }) => value);
  const is = since.map(({ value }) => value);
  return isUp ? Math.min(...is) - Math.max(...was) : Math.min(...was) - Math.max(...is);
}

interface Slope {
  readonly isUp: boolean;
  readonly unit: string | undefined;
  /** Epoch milliseconds before which all of them are. */
  readonly untilMs: number;
}

interface Steady {
  readonly before: readonly Point[];
  readonly untilMs: number;
}

/** Without their newer half, where that had left what is usual of the older one: what grows slowly is not usual for having begun earlier. */
function steadyPart(before: readonly Point[], { isUp, unit, untilMs }: Slope): Steady {
  const half = Math.floor(before.length / 2);
  const [older, newer] = [before.slice(0, half), before.slice(half)];
  const usual = baseline(older.map(({ value }) => value));
  const is = medianOf(newer.map(({ value }) => value));
  if (!usual || is === undefined || older.length < HEALTHY.fewest) return { before, untilMs };
  const by = isUp ? is - usual.median : usual.median - is;
  if (by <= 0 || by < leastChange(older, { usual, isUp, unit })) return { before, untilMs };
  return steadyPart(older, { isUp, unit, untilMs: newer[0]?.atMs ?? untilMs });
}

interface Usual {
  readonly usual: Baseline;
  readonly isUp: boolean;
  readonly unit: string | undefined;
}

/** The smallest change that is none of its usual ones, by its spread, by its tail, by its own size and by its unit. */
function leastChange(before: readonly Point[], { usual: { median, medianDeviation }, isUp, unit }: Usual): number {
  const length = Math.ceil(before.length / PARTS.many);
  const distances = before.map(({ value }) => (isUp ? value - median : median - value));
  const farthest = Array.from({ length: PARTS.many }, (_, part) => distances.slice(part * length, (part + 1) * length))
    .filter((part) => part.length > 0)
    .map((part) => Math.max(...part));
  const tail = farthest.toSorted((a, b) => a - b)[farthest.length - 1 - PARTS.unusual] ?? 0;
  const fold = isUp ? LEAST_FOLD - 1 : 1 - 1 / LEAST_FOLD;
  return Math.max(
    SPREADS * medianDeviation,
    TAILS * tail,
    fold * Math.abs(median),
    (unit !== undefined && LEAST_CHANGE.get(unit)) || 0,
  );
}

/** As the picture states it; what a counter rises by per second has a unit of its own. */
function unitOf(
  metric: string,
  { component }: Readonly<Record<string, string>>,
  { now, perSecond }: { readonly now: LookRecord; readonly perSecond: boolean },
): string | undefined {
  const unit = now.picture.series.find((one) => one.name === metric && one.component === component)?.unit;
  return perSecond ? unit && PER_SECOND.get(unit) : unit;
}

/** The unit of what a counter of that unit rises by per second. */
const PER_SECOND: ReadonlyMap<string, string> = new Map([
  ["seconds", "ratio"],
  ["1", "1/s"],
]);

function nameOf(metric: string, { component, ...labels }: Readonly<Record<string, string>>): string {
  const rest = Object.keys(labels).length > 0 ? ` ${JSON.stringify(labels)}` : "";
  return `${metric}${component === undefined ? "" : ` of ${component}`}${rest}`;
}

/** Units in which a person reads a figure; any other one is in the name of the series. */
const READABLE: ReadonlySet<string | undefined> = new Set(["seconds", "bytes", "1/s"]);

function short(value: number, unit: string | undefined): string {
  return unit !== undefined && READABLE.has(unit) ? formatQuantity(value, unit) : String(Number(value.toPrecision(3)));
}
