/** Computes from recorded points what a Prometheus would answer to the same question. */

import type { AggregateQuestion, Point, SeriesWindow } from "./series.ts";
import { bucketBoundOf, extrapolatedRate, quantileFromBuckets } from "./series-math.ts";
import { momentCountOf } from "./series-question.ts";

/** One value per moment; `undefined` where there is none, which is not the same as a value that is no number. */
type Values = (number | undefined)[];

/** Series that are added up. */
interface Group {
  readonly labels: Readonly<Record<string, string>>;
  readonly members: { readonly le: string | undefined; readonly values: Values }[];
}

/**
 * The answer, in the order of its labels.
 * @param recorded All points of the series that are meant from `startMs - overMs` on, values that are not a number included.
 */
export function aggregateSeries(
  recorded: readonly SeriesWindow[],
  question: AggregateQuestion,
): readonly SeriesWindow[] {
  const groups = new Map<string, Group>();
  for (const { labels, points } of recorded) {
    const values = valuesOf(points, question);
    if (values.every((value) => value === undefined)) continue;
    const common = commonLabels(labels, question);
    const key = labelsKey(common);
    const group = groups.get(key) ?? { labels: common, members: [] };
    groups.set(key, group);
    group.members.push({ le: labels["le"], values });
  }
  const { metric } = question;
  const answer = [...groups.values()].map(({ labels, members }) => {
    return { metric, labels, points: pointsOf(combine(members, question), question) };
  });
  return sortedByLabels(answer.filter(({ points }) => points.length > 0));
}

/** The series in an order that does not depend on who answers. */
export function sortedByLabels(series: readonly SeriesWindow[]): readonly SeriesWindow[] {
  return series
    .map((window) => [labelsKey(window.labels), window] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, window]) => window);
}

function labelsKey(labels: Readonly<Record<string, string>>): string {
  // A thousand series are told apart by one label each: what is made here is made for every series of every answer.
  const names = Object.keys(labels);
  if (names.length > 1) names.sort((a, b) => (a < b ? -1 : 1));
  return names.map((name) => `${name}\u0000${unmistakable(labels[name] ?? "")}`).join("\u0000");
}

/** A value that cannot be taken for the end of one and the beginning of another label. */
function unmistakable(value: string): string {
  return value.includes("\u0000") ? JSON.stringify(value) : value;
}

function commonLabels(
  labels: Readonly<Record<string, string>>,
  { sumBy, aggregation }: AggregateQuestion,
): Readonly<Record<string, string>> {
  const kept = Object.entries(labels).filter(([name, value]) => {
    if (sumBy) return sumBy.includes(name) && value !== "";
    return typeof aggregation !== "object" || name !== "le";
  });
  return Object.fromEntries(kept);
}

/** What one series comes to at each moment. */
function valuesOf(points: readonly Point[], question: AggregateQuestion): Values {
  const { aggregation, overMs, range } = question;
  let from = 0;
  let to = 0;
  return Array.from({ length: momentCountOf(question) }, (_, index) => {
    const endMs = range.startMs + index * range.stepMs;
    while (to < points.length && (points[to]?.atMs ?? 0) <= endMs) to++;
    while (from < to && (points[from]?.atMs ?? 0) <= endMs - overMs) from++;
    if (aggregation === "last") return from < to ? points[to - 1]?.value : undefined;
    return extrapolatedRate(points.slice(from, to), { startMs: endMs - overMs, endMs });
  });
}

function combine(members: Group["members"], { aggregation, isCount = false }: AggregateQuestion): Values {
  const [first] = members;
  if (isCount) return (first?.values ?? []).map((_, index) => countAt(members, index));
  if (typeof aggregation === "object") return quantilesOf(members, aggregation.quantile);
  if (members.length === 1 && first) return first.values;
  return (first?.values ?? []).map((_, index) => sumAt(members, index));
}

function countAt(members: Group["members"], index: number): number | undefined {
  const count = members.filter(({ values }) => values[index] !== undefined).length;
  return count > 0 ? count : undefined;
}

function sumAt(members: Group["members"], index: number): number | undefined {
  let sum: number | undefined;
  for (const { values } of members) {
    const value = values[index];
    if (value !== undefined) sum = (sum ?? 0) + value;
  }
  return sum;
}

/** Series of one bound are one bucket, however the bound is written. */
function quantilesOf(members: Group["members"], quantile: number): Values {
  const byBound = Map.groupBy(members, ({ le }) => bucketBoundOf(le));
  byBound.delete(undefined);
  return (members[0]?.values ?? []).map((_, index) => {
    const buckets = [...byBound].flatMap(([upperBound, own]) => {
      const count = sumAt(own, index);
      return count === undefined || upperBound === undefined ? [] : [{ upperBound, count }];
    });
    return quantileFromBuckets(buckets, quantile);
  });
}

function pointsOf(values: Values, { range: { startMs, stepMs } }: AggregateQuestion): readonly Point[] {
  return values.flatMap((value, index) => {
    return value === undefined || Number.isNaN(value) ? [] : [{ atMs: startMs + index * stepMs, value }];
  });
}
