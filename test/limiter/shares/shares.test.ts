import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { play, schedules } from "./schedule.ts";

test("no schedule of outages, stalls, restarts and losses lets nodes that decide alone exceed the bound", () => {
  const seen = { allowed: 0, allowedAlone: 0, full: 0 };

  fc.assert(
    fc.property(schedules(60), (schedule) => {
      const { deviations, ...played } = play(schedule);
      seen.allowed += played.allowed;
      seen.allowedAlone += played.allowedAlone;
      seen.full += played.full;
      expect(deviations).toEqual([]);
    }),
    { numRuns: 100 },
  );

  expect(Math.min(seen.allowed, seen.allowedAlone, seen.full)).toBeGreaterThan(0);
});
