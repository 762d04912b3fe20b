import { expect, test } from "bun:test";
import { diagnose, LAMPS } from "./lamps.ts";

test("rules asks why something was lost for a moment as the incident began, where no cause lasts", async () => {
  const earlier = [
    { atMs: 1600, brokenFrom: LAMPS, down: [] },
    { atMs: 1800, brokenFrom: [], down: ["lamp/3"] },
  ] as const;

  const { cause, unknowns } = await diagnose({ tickets: ["lamp/1"], earlier });

  expect(cause).toBeUndefined();
  expect(unknowns.slice(0, 2)).toEqual([
    "Why lamp/3 went down for a moment as it began",
    "Why lamp/1, lamp/2 lost mains/1 for a moment as it began",
  ]);
});

test("rules asks nothing of what is still lost", async () => {
  const { unknowns } = await diagnose({ tickets: ["lamp/1"], brokenLinksFrom: LAMPS });

  expect(unknowns).not.toContainEqual(expect.stringContaining("for a moment"));
});
