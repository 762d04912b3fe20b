import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Point, SeriesWindow } from "../../../src/core/system/series.ts";
import {
  type Bucket,
  baseline,
  bucketBoundOf,
  bucketIncreases,
  extrapolatedRate,
  increase,
  medianOf,
  quantileFromBuckets,
  ratePerSecond,
} from "../../../src/core/system/series-math.ts";
import { PrometheusClient, type PromqlAnswer } from "../../../src/prometheus/promql.ts";
import { startPrometheus, testWithPrometheus } from "../../prometheus-server.ts";

const START_SECONDS = Math.floor(Date.now() / 1000) - 24 * 3600;
const STEP_SECONDS = 15;
const BOUNDS = ["0.005", "0.01", "0.1", "0.5", "1", "2.5", "+Inf"];

test("increase() counts a fall as a restart from zero", () => {
  expect(increase(every(1, [10, 12, 12, 3, 4, 0, 7]))).toBe(2 + 3 + 1 + 0 + 7);
});

test.each([[[]], [[5]]])("increase() and ratePerSecond() of %p are not known", (values) => {
  expect([increase(every(1, values)), ratePerSecond(every(1, values))]).toEqual([undefined, undefined]);
});

test("ratePerSecond() divides by the time between the first point and the last", () => {
  expect(ratePerSecond(every(2, [0, 30, 60]))).toBe(15);
  expect(ratePerSecond(every(0, [0, 30]))).toBeUndefined();
});

test.each<[string, readonly (readonly [number, number])[], number | undefined]>([
  [
    "stretches to both edges of the span",
    [
      [10, 100],
      [20, 110],
      [30, 120],
      [40, 130],
      [50, 140],
    ],
    60 / 60,
  ],
  [
    "stretches half a step where a series begins",
    [
      [30, 100],
      [40, 110],
      [50, 120],
    ],
    (20 + 5 + 10) / 60,
  ],
  [
    "stretches half a step where a series ends",
    [
      [10, 100],
      [20, 110],
      [30, 120],
    ],
    (20 + 10 + 5) / 60,
  ],
  [
    "does not stretch to below zero",
    [
      [10, 4],
      [20, 14],
      [30, 24],
      [40, 34],
      [50, 44],
    ],
    (40 + 4 + 10) / 60,
  ],
  [
    "does not stretch further to zero than half a step",
    [
      [30, 8],
      [40, 18],
      [50, 28],
    ],
    (20 + 5 + 10) / 60,
  ],
  [
    "counts a fall as a restart from zero",
    [
      [10, 100],
      [20, 110],
      [30, 5],
      [40, 15],
      [50, 25],
    ],
    (35 * 60) / 40 / 60,
  ],
  [
    "is none of what stands still",
    [
      [10, 7],
      [30, 7],
      [50, 7],
    ],
    0,
  ],
  ["is not known of one point", [[10, 7]], undefined],
  ["is not known of none", [], undefined],
])("extrapolatedRate() %s", (_what, pairs, expected) => {
  const points = pairs.map(([seconds, value]) => ({ atMs: seconds * 1000, value }));

  const rate = extrapolatedRate(points, { startMs: 0, endMs: 60_000 });

  if (expected === undefined) expect(rate).toBeUndefined();
  else expect(rate).toBeCloseTo(expected, 12);
});

test("bucketBoundOf() reads bounds as Prometheus writes them", () => {
  expect(["0.5", "+Inf", "inf", "1e3", "-1", "", "odd", undefined].map(bucketBoundOf)).toEqual(
    [0.5, Infinity, Infinity, 1000, -1].concat(Array(3)),
  );
});

test("bucketIncreases() adds up what has the same bound, smallest bound first", () => {
  const windows = [bucket("+Inf", [0, 9]), bucket("0.1", [1, 4]), bucket("0.1", [5, 7]), bucket("1", [3])];

  expect(bucketIncreases([...windows, bucket("odd", [0, 1])])).toEqual([
    { upperBound: 0.1, count: 5 },
    { upperBound: Infinity, count: 9 },
  ]);
});

describe.each<[string, readonly Bucket[], number, number | undefined]>([
  ["is straight within a bucket", cumulative([1, 10], [2, 20], [Infinity, 20]), 0.75, 1.5],
  ["starts the first bucket at zero", cumulative([1, 10], [Infinity, 10]), 0.5, 0.5],
  ["has a first bucket below zero at its bound", cumulative([-1, 10], [Infinity, 10]), 0.5, -1],
  ["does not go beyond the last finite bound", cumulative([1, 1], [2, 1], [Infinity, 100]), 0.99, 2],
  ["evens out counts that fall", cumulative([1, 10], [2, 8], [Infinity, 20]), 0.5, 1],
  ["is not known without observations", cumulative([1, 0], [Infinity, 0]), 0.5, undefined],
  ["is not known without an infinite bound", cumulative([1, 5], [2, 6]), 0.5, undefined],
  ["is not known from one bucket", cumulative([Infinity, 5]), 0.5, undefined],
  ["is not known from none", [], 0.5, undefined],
])("quantileFromBuckets()", (what, buckets, quantile, expected) => {
  test(what, () => {
    expect(quantileFromBuckets(buckets.toReversed(), quantile)).toBe(expected);
  });
});

test("medianOf() and baseline() take the middle, and are not known of nothing", () => {
  expect([medianOf([3, 1, 2]), medianOf([4, 1, 2, 3]), medianOf([])]).toEqual([2, 2.5, undefined]);
  expect(baseline([1, 1, 2, 2, 4, 6, 9])).toEqual({ median: 2, medianDeviation: 1 });
  expect(baseline([])).toBeUndefined();
});

test("half of the values are not above the median, half not below", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
      const middle = medianOf(values) ?? Number.NaN;

      expect(values.filter((value) => value <= middle).length).toBeGreaterThanOrEqual(values.length / 2);
      expect(values.filter((value) => value >= middle).length).toBeGreaterThanOrEqual(values.length / 2);
    }),
  );
});

testWithPrometheus("ratePerSecond() and quantileFromBuckets() answer as a real Prometheus does", async () => {
  const histories = fc.sample(counterHistory(), { seed: 1, numRuns: 60 });
  const histograms = fc.sample(fc.tuple(...BOUNDS.map(counterHistory)), { seed: 1, numRuns: 20 });
  await using server = await startPrometheus({ past: pageOf(histories, histograms) });
  const prometheus = new PrometheusClient(server);
  const window = `[${(histories[0]?.length ?? 0) * STEP_SECONDS}s]`;
  const ask = (query: string): Promise<PromqlAnswer> =>
    prometheus.instant(query, { atMs: lastMs(histories), signal: AbortSignal.timeout(10_000) });

  const rates = valuesByLabel(await ask(`rate(c_total${window})`), "c");
  const quantile = `histogram_quantile(0.9, rate(h_bucket${window}))`;
  const quantiles = valuesByLabel(await ask(quantile), "h");
  const counters = (await ask(`c_total${window}`)).series;
  const buckets = (await ask(`h_bucket${window}`)).series;

  expect(counters).toHaveLength(60);
  for (const { labels, points } of counters) {
    expect(ratePerSecond(points)).toBeCloseTo(rates.get(labels["c"]) ?? Number.NaN, 9);
  }
  expect(quantiles.size).toBe(20);
  for (const [h, expected] of quantiles) {
    const own = quantileFromBuckets(bucketIncreases(buckets.filter(({ labels }) => labels["h"] === h)), 0.9);
    expect(own ?? Number.NaN).toBeCloseTo(expected, 9);
  }
});

/** Values of a counter, restarts included; it starts far from zero, near which PromQL shortens the stretch. */
function counterHistory(): fc.Arbitrary<number[]> {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.nat(50) },
    { weight: 1, arbitrary: fc.constant("restart" as const) },
  );
  return fc.array(step, { minLength: 11, maxLength: 11 }).map((steps) => {
    const values = [1_000_000];
    for (const step of steps) values.push(step === "restart" ? 7 : (values.at(-1) ?? 0) + step);
    return values;
  });
}

function pageOf(histories: readonly number[][], histograms: readonly number[][][]): string {
  const counters = histories.flatMap((values, c) => linesOf(`c_total{c="${c}"}`, values));
  const buckets = histograms.flatMap((histogram, h) =>
    BOUNDS.flatMap((le, index) => linesOf(`h_bucket{h="${h}",le="${le}"}`, sumsUpTo(histogram, index))),
  );
  return ["# TYPE c counter", ...counters, "# TYPE h histogram", ...buckets, "# EOF", ""].join("\n");
}

/** Cumulative as buckets are: each holds what the smaller ones hold. */
function sumsUpTo(histogram: readonly number[][], last: number): number[] {
  const parts = histogram.slice(0, last + 1);
  return (histogram[0] ?? []).map((_value, index) => parts.reduce((sum, part) => sum + (part[index] ?? 0), 0));
}

function linesOf(series: string, values: readonly number[]): string[] {
  return values.map((value, index) => `${series} ${value} ${START_SECONDS + index * STEP_SECONDS}`);
}

function lastMs(histories: readonly number[][]): number {
  return (START_SECONDS + ((histories[0]?.length ?? 1) - 1) * STEP_SECONDS) * 1000;
}

function valuesByLabel({ series }: PromqlAnswer, label: string): ReadonlyMap<string | undefined, number> {
  return new Map(series.map(({ labels, points }) => [labels[label], points[0]?.value ?? Number.NaN]));
}

function every(seconds: number, values: readonly number[]): readonly Point[] {
  return values.map((value, index) => ({ atMs: index * seconds * 1000, value }));
}

function bucket(le: string, values: readonly number[]): SeriesWindow {
  return { metric: "h_bucket", labels: { le }, points: every(1, values) };
}

function cumulative(...pairs: readonly [number, number][]): readonly Bucket[] {
  return pairs.map(([upperBound, count]) => ({ upperBound, count }));
}
