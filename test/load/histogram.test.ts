import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { Histogram } from "../../src/load/histogram.ts";

const latencies = fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 300 });

describe("Histogram", () => {
  test("answers zero while it is empty", () => {
    const histogram = new Histogram();

    expect([histogram.count, histogram.meanMs, histogram.maxMs, histogram.quantileMs(0.99)]).toEqual([0, 0, 0, 0]);
    expect(histogram.rows()).toEqual([]);
  });

  test("is off by less than 1 in 128 and never too low, for any quantile of any latencies", () => {
    fc.assert(
      fc.property(latencies, fc.double({ min: 0.001, max: 1, noNaN: true }), (values, ratio) => {
        const histogram = histogramOf(values);
        const sorted = values.map((ms) => Math.round(ms * 1000) / 1000).toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(ratio * sorted.length)) - 1] ?? 0;

        const answered = histogram.quantileMs(ratio);

        expect(answered).toBeGreaterThanOrEqual(exact - 0.001);
        expect(answered).toBeLessThanOrEqual(exact * (1 + 1 / 128) + 0.001);
      }),
    );
  });

  test("holds the same whether latencies are recorded in one or merged from two", () => {
    fc.assert(
      fc.property(latencies, latencies, (left, right) => {
        const merged = histogramOf(left);
        merged.merge(histogramOf(right));

        const whole = histogramOf([...left, ...right]);

        expect(merged.rows()).toEqual(whole.rows());
        expect([merged.count, merged.maxMs, merged.quantileMs(0.9)]).toEqual([
          whole.count,
          whole.maxMs,
          whole.quantileMs(0.9),
        ]);
        expect(merged.meanMs).toBeCloseTo(whole.meanMs, 6);
      }),
    );
  });

  test("keeps what lies beyond its range in its last bucket", () => {
    const histogram = histogramOf([-5, 1e12]);

    expect(histogram.count).toBe(2);
    expect(histogram.rows().at(0)).toMatchObject({ fromMs: 0, count: 1 });
    expect(histogram.rows().at(-1)?.count).toBe(1);
  });

  test("lists doublings without gaps, from the first that is filled to the last", () => {
    expect(histogramOf([0.3, 0.4, 3]).rows()).toEqual([
      { fromMs: 0.256, toMs: 0.512, count: 2 },
      { fromMs: 0.512, toMs: 1.024, count: 0 },
      { fromMs: 1.024, toMs: 2.048, count: 0 },
      { fromMs: 2.048, toMs: 4.096, count: 1 },
    ]);
  });
});

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}
