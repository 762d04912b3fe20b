import { expect, test } from "bun:test";
import type { Point } from "../../../../src/core/system/series.ts";
import { changePointOf } from "../../../../src/core/system/statistics/change-point.ts";
import { levelsOf, quantileLevels } from "../../../../src/core/system/statistics/levels.ts";

const COUNT = 120;
const STEP_MS = 1000;

test("levelsOf() makes of a counter its rises, so that only a change of pace is a change", () => {
  const steady = pointsOf(Array.from({ length: COUNT }, (_, row) => row * 10));
  const faster = pointsOf(Array.from({ length: COUNT }, (_, row) => row * 10 + Math.max(0, row - 80) * 30));
  const restarted = pointsOf(Array.from({ length: COUNT }, (_, row) => (row % 60) * 10));

  const found = [steady, faster, restarted].map((points) => changePointOf(levelsOf(points, "counter")));

  expect(found).toMatchObject([undefined, { atMs: 81_000, direction: "up", before: 10, after: 40 }, undefined]);
});

test("quantileLevels() follows a quantile of a histogram from moment to moment, several label sets together", () => {
  const bucket = (le: string, pod: string, shareAt: (row: number) => number) => ({
    metric: "duration_seconds_bucket",
    labels: { le, pod },
    points: cumulated(Array.from({ length: 60 }, (_, row) => 100 * shareAt(row))),
  });
  const isSlow = (row: number): boolean => row >= 40;
  const buckets = ["a", "b"].flatMap((pod) => [
    bucket("0.1", pod, (row) => (isSlow(row) ? 0 : 1)),
    bucket("1", pod, () => 1),
    bucket("+Inf", pod, () => 1),
  ]);

  const levels = quantileLevels(buckets, 0.5);

  expect(levels.length).toBe(59);
  expect(changePointOf(levels)).toMatchObject({ atMs: 40_000, direction: "up", before: 0.05, after: 0.55 });
});

test("quantileLevels() says nothing of moments without an observation", () => {
  const idle = { metric: "m_bucket", labels: { le: "+Inf" }, points: pointsOf([5, 5, 5]) };

  expect(quantileLevels([idle, { ...idle, labels: { le: "1" } }], 0.9)).toEqual([]);
});

function cumulated(values: readonly number[]): readonly Point[] {
  let sum = 0;
  return pointsOf(values.map((value) => (sum += value)));
}

function pointsOf(values: readonly number[]): readonly Point[] {
  return values.map((value, row) => ({ atMs: row * STEP_MS, value }));
}
