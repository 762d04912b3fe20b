import { expect, test } from "bun:test";
import * as fc from "fast-check";
import * as v from "valibot";
import {
  Count,
  DurationMs,
  formatDurationMs,
  formatQuantity,
  RatePerSecond,
  SizeBytes,
} from "../../../src/core/text/units.ts";

test.each([
  ["DurationMs", "250ms", 250, DurationMs],
  ["DurationMs", "1m30s", 90_000, DurationMs],
  ["DurationMs", "0.5s", 500, DurationMs],
  ["RatePerSecond", "1k/s", 1000, RatePerSecond],
  ["RatePerSecond", "60/m", 1, RatePerSecond],
  ["RatePerSecond", "500", 500, RatePerSecond],
  ["SizeBytes", "64KiB", 65_536, SizeBytes],
  ["SizeBytes", "10MB", 10_000_000, SizeBytes],
  ["Count", "10k", 10_000, Count],
  ["Count", 7, 7, Count],
])("%s reads %p as %p", (_name, text, value, schema) => {
  expect(v.parse(schema, text)).toBe(value);
});

test.each([
  ["DurationMs", "5", DurationMs],
  ["DurationMs", "-5s", DurationMs],
  ["DurationMs", "5 parsecs", DurationMs],
  ["RatePerSecond", "fast", RatePerSecond],
  ["SizeBytes", "1 bit", SizeBytes],
  ["Count", "1.5", Count],
  ["Count", "-1", Count],
])("%s refuses %p and says what it expected", (_name, text, schema) => {
  const result = v.safeParse(schema, text);

  expect(result.success).toBe(false);
  expect(result.issues?.[0].message).toMatch(/^Cannot read .+, expected /);
});

test("formatDurationMs() is read back as the same duration", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8_640_000 }), (deciseconds) => {
      const ms = deciseconds * 100;
      expect(v.parse(DurationMs, formatDurationMs(ms))).toBeCloseTo(ms, 6);
    }),
  );
  expect(formatDurationMs(Number.POSITIVE_INFINITY)).toBe("forever");
});

test.each([
  [0.0125, "seconds", "12.5ms"],
  [90, "seconds", "1m30s"],
  [300.4, "1/s", "300/s"],
  [3_565_158, "bytes", "3.4MiB"],
  [12, "bytes", "12B"],
  [0.4217, "ratio", "0.422"],
  [123_456, "1", "123456"],
  [2, "leaders", "2 leaders"],
])("formatQuantity() renders %p of %s as %s", (value, unit, text) => {
  expect(formatQuantity(value, unit)).toBe(text);
});
