import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { seededRandom } from "../../../../src/core/system/random.ts";
import type { Point } from "../../../../src/core/system/series.ts";
import { changePointOf } from "../../../../src/core/system/statistics/change-point.ts";

const COUNT = 120;
const STEP_MS = 1000;
const seed = fc.integer();
const level = fc.constantFrom(0.001, 1, 250, 4e9);
const place = fc.integer({ min: 10, max: COUNT - 6 });
const factor = fc.constantFrom(0.2, 0.5, 2, 10);

test("changePointOf() finds a planted step, up or down, at any level, and when it was", () => {
  fc.assert(
    fc.property(seed, level, place, factor, (seed, level, place, factor) => {
      const found = changePointOf(noisy(seed, (row) => level * (row >= place ? factor : 1)));

      expect(found?.direction).toBe(factor > 1 ? "up" : "down");
      expect(Math.abs((found?.atMs ?? 0) / STEP_MS - place)).toBeLessThanOrEqual(1);
      expect((found?.before ?? 0) / level).toBeCloseTo(1, 0);
      expect((found?.after ?? 0) / level / factor).toBeCloseTo(1, 0);
    }),
  );
});

test("changePointOf() finds where a ramp begins, soon after its foot and before its end", () => {
  fc.assert(
    fc.property(seed, fc.integer({ min: 20, max: 60 }), fc.integer({ min: 10, max: 40 }), (seed, from, length) => {
      const rise = (row: number): number => Math.max(0, Math.min(1, (row - from) / length));

      const found = changePointOf(noisy(seed, (row) => 10 + 90 * rise(row)));

      expect(found?.direction).toBe("up");
      expect((found?.atMs ?? 0) / STEP_MS).toBeGreaterThanOrEqual(from - 1);
      expect((found?.atMs ?? 0) / STEP_MS).toBeLessThanOrEqual(from + length / 2);
    }),
  );
});

describe("changePointOf() finds no change in", () => {
  test.each<[string, (row: number, random: () => number) => number]>([
    ["noise", () => 1],
    ["a season", (row) => 10 + 5 * Math.sin((row * 2 * Math.PI) / 24)],
    ["single spikes", (row) => (row === 50 || row === COUNT - 2 ? 900 : 1)],
    ["bursts", (_, random) => (random() < 0.15 ? 50 : 1)],
    ["what is nearly always 0", (_, random) => (random() < 0.05 ? 3 : 0)],
    ["what moves by less than anyone would notice", (row) => (row < 60 ? 1 : 1.02)],
  ])("%s", (_, valueAt) => {
    const found = Array.from({ length: 100 }, (_, seed) => {
      const random = seededRandom(seed);
      return changePointOf(noisy(seed, (row) => valueAt(row, random)));
    });

    expect(found.filter((one) => one !== undefined).length).toBeLessThanOrEqual(1);
  });

  test.each<[string, readonly number[]]>([
    ["what is constant", Array<number>(COUNT).fill(7)],
    ["what is always 0", Array<number>(COUNT).fill(0)],
    ["too few points", [1, 1, 1, 9, 9]],
    ["nothing", []],
    ["what is no number", Array<number>(COUNT).fill(Number.NaN)],
  ])("%s", (_, values) => {
    expect(changePointOf(pointsOf(values))).toBeUndefined();
  });
});

test("changePointOf() sees what held a level exactly leave it, also from 0", () => {
  const step = (before: number, after: number) =>
    pointsOf(Array.from({ length: 40 }, (_, row) => (row < 30 ? before : after)));

  expect([changePointOf(step(0, 1)), changePointOf(step(5, 0))]).toMatchObject([
    { atMs: 30_000, direction: "up", before: 0, after: 1 },
    { atMs: 30_000, direction: "down", before: 5, after: 0 },
  ]);
});

test("changePointOf() does not depend on the unit", () => {
  fc.assert(
    fc.property(seed, place, fc.constantFrom(1e-6, 1e3, 1e9), (seed, place, unit) => {
      const points = noisy(seed, (row) => (row >= place ? 3 : 1));

      const found = changePointOf(points.map(({ atMs, value }) => ({ atMs, value: value * unit })));

      expect(found?.atMs).toBe(changePointOf(points)?.atMs ?? -1);
    }),
  );
});

test("changePointOf() bears gaps and points at uneven times", () => {
  fc.assert(
    fc.property(seed, fc.integer({ min: 50, max: 90 }), (seed, place) => {
      const random = seededRandom(seed);
      const points = noisy(seed, (row) => (row >= place ? 4 : 1));
      const kept = points.filter(({ atMs }) => random() < 0.5 && Math.abs(atMs / STEP_MS - place + 12) > 8);

      const found = changePointOf(kept.map(({ atMs, value }) => ({ atMs: atMs + random() * 300, value })));

      const first = kept.find(({ atMs }) => atMs >= place * STEP_MS)?.atMs ?? 0;
      expect(Math.abs((found?.atMs ?? 0) - first)).toBeLessThanOrEqual(2 * STEP_MS);
    }),
  );
});

function noisy(seed: number, levelAt: (row: number) => number): readonly Point[] {
  const random = seededRandom(seed);
  const noise = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return pointsOf(Array.from({ length: COUNT }, (_, row) => levelAt(row) * (1 + 0.05 * noise())));
}

function pointsOf(values: readonly number[]): readonly Point[] {
  return values.map((value, row) => ({ atMs: row * STEP_MS, value }));
}
