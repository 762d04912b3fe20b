import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { isRunning } from "../../../src/core/system/term.ts";

test("isRunning() holds from the beginning of a term until its end, and not before it", () => {
  const term = { fromMs: 10_000, untilMs: 20_000 };

  expect([9999, 10_000, 19_999, 20_000].map((nowMs) => isRunning(term, nowMs, 0))).toEqual([false, true, true, false]);
  expect([8999, 9000, 9999].map((nowMs) => isRunning(term, nowMs))).toEqual([false, true, true]);
});

test("isRunning() never leaves a term more time than it was given, whatever the clock says", () => {
  const times = fc.integer({ min: 0, max: 1e6 });

  fc.assert(
    fc.property(times, times, times, (fromMs, lengthMs, nowMs) => {
      const leftMs = fromMs + lengthMs - nowMs;

      expect(isRunning({ fromMs, untilMs: fromMs + lengthMs }, nowMs, 0)).toBe(leftMs > 0 && leftMs <= lengthMs);
    }),
  );
});
