import { expect, test } from "bun:test";
import { measuredTable, type WindowKind } from "../../../../src/core/diagnosis/ranking/measured.ts";
import type { SeriesWindow } from "../../../../src/core/system/series.ts";

const GAUGE: WindowKind = { component: "a", signal: "cpu", kind: "gauge" };

test("measuredTable() brings series that were read at slightly different times to one column of times", () => {
  const windows = [windowOf([0, 1], [1000, 2], [2000, 3]), windowOf([40, 4], [2030, 6])];

  const { atMs, series } = measuredTable(windows, () => GAUGE);

  expect(atMs).toEqual([0, 1000, 2000]);
  expect(series.map(({ values }) => [...values])).toEqual([
    [1, 2, 3],
    [4, Number.NaN, 6],
  ]);
});

test("measuredTable() makes rates of counters: a restart counts from zero, and across a gap nothing is known", () => {
  const counter = windowOf([0, 0], [1000, 10], [2000, 4], [3000, 8], [9000, 100], [10_000, 101]);

  const { atMs, series } = measuredTable([counter], () => ({ ...GAUGE, kind: "counter" }));

  expect(atMs).toEqual([1000, 2000, 3000, 10_000]);
  expect(series.map(({ values }) => [...values])).toEqual([[10, 4, 4, 1]]);
});

test("measuredTable() makes a quantile of the buckets of a histogram", () => {
  const bucket = (le: string, ...counts: readonly number[]): SeriesWindow => ({
    metric: "duration_seconds_bucket",
    labels: { le },
    points: counts.map((value, at) => ({ atMs: at * 1000, value })),
  });

  const { series } = measuredTable(
    [bucket("0.1", 0, 100, 100), bucket("1", 0, 100, 200), bucket("+Inf", 0, 100, 200)],
    () => ({
      ...GAUGE,
      kind: "histogram",
    }),
  );

  expect(series.map(({ metric, values }) => [metric, ...values])).toEqual([["duration_seconds_bucket", 0.099, 0.991]]);
});

test("measuredTable() leaves out what is of no component, and is empty of nothing", () => {
  expect(measuredTable([windowOf([0, 1])], () => undefined)).toEqual({ atMs: [], series: [] });
});

function windowOf(...points: readonly (readonly [atMs: number, value: number])[]): SeriesWindow {
  return { metric: "usage", labels: {}, points: points.map(([atMs, value]) => ({ atMs, value })) };
}
