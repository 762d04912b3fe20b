import { expect, test } from "bun:test";
import { readTime } from "../../../../src/core/diagnosis/ranking/times.ts";

const AT_MS = Date.parse("2026-01-31T12:00:00.250Z");

test.each([
  ["seconds", AT_MS / 1000],
  ["milliseconds", AT_MS],
  ["microseconds", AT_MS * 1000],
  ["nanoseconds", AT_MS * 1_000_000],
  ["text of seconds", String(AT_MS / 1000)],
  ["a date of UTC", "2026-01-31T12:00:00.250Z"],
  ["a date without a zone, which is UTC", "2026-01-31 12:00:00.250"],
  ["a date of another zone", "2026-01-31T13:00:00.250+01:00"],
  ["what Go prints", "2026-01-31 12:00:00.25 +0000 UTC m=+0.113112869"],
])("readTime() reads %s", (_, cell) => {
  expect(readTime(cell)).toBe(AT_MS);
});

test("readTime() reads seconds that count from a beginning of their own", () => {
  expect([readTime(0), readTime("90")]).toEqual([0, 90_000]);
});

test.each(["", "soon", "2026-13-45T00:00:00Z", "12:00", "0x10", true, null, undefined, Number.NaN])(
  "readTime() knows no time in %p",
  (cell) => {
    expect(readTime(cell)).toBeUndefined();
  },
);
