import { expect, test } from "bun:test";
import { ageOf } from "../../src/render/time.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");

test("ageOf() grows coarser with time", () => {
  const ages = [400, 5000, 90_000, 3_725_000, 300_000_000].map((ms) => ageOf(NOW_MS - ms, NOW_MS));

  expect(ages).toEqual(["0s", "5s", "1m30s", "1h2m", "3d"]);
});
