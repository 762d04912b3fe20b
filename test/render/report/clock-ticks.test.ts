import { expect, test } from "bun:test";
import { clockTicks } from "../../../src/render/report/clock-ticks.ts";

const FROM_MS = Date.parse("2026-01-02T03:02:07Z");

test.each([
  [20_000, ["03:02:10", "03:02:15", "03:02:20", "03:02:25"]],
  [180_000, ["03:03", "03:04", "03:05"]],
  [7_200_000, ["03:30", "04:00", "04:30", "05:00"]],
  [3 * 86_400_000, ["01-03", "01-04", "01-05"]],
  [300 * 86_400_000, ["01-22", "04-07", "06-21", "09-04"]],
])("clockTicks() of %d ms are round times, no finer written than they are", (spanMs, labels) => {
  const ticks = clockTicks({ fromMs: FROM_MS, toMs: FROM_MS + spanMs }, 4);

  expect(ticks.map(({ label }) => label)).toEqual(labels);
});
