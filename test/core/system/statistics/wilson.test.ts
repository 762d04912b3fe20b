import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { wilson } from "../../../../src/core/system/statistics/wilson.ts";

test.each([
  [0, 10, 0, 0.2775],
  [5, 10, 0.2366, 0.7634],
  [10, 10, 0.7225, 1],
  [92, 100, 0.8501, 0.9589],
])("wilson() of %p in %p lies between the figures of the tables", (count, of, low, high) => {
  const share = wilson(count, of);

  expect(share.low).toBeCloseTo(low, 3);
  expect(share.high).toBeCloseTo(high, 3);
});

test("wilson() holds the share, lies between 0 and 1, and narrows with the number of trials", () => {
  fc.assert(
    fc.property(fc.nat(50), fc.integer({ min: 1, max: 50 }), (a, of) => {
      const count = Math.min(a, of);
      const few = wilson(count, of);
      const many = wilson(count * 10, of * 10);

      expect(few.low).toBeGreaterThanOrEqual(0);
      expect(few.high).toBeLessThanOrEqual(1);
      expect(few.low).toBeLessThanOrEqual(count / of + 1e-12);
      expect(few.high).toBeGreaterThanOrEqual(count / of - 1e-12);
      expect(many.high - many.low).toBeLessThan(few.high - few.low);
    }),
  );
});

test("wilson() of no trial excludes nothing", () => {
  expect(wilson(0, 0)).toEqual({ count: 0, of: 0, low: 0, high: 1 });
});
