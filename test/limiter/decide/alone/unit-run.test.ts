import { expect, test } from "bun:test";
import { UnitRun } from "../../../../src/limiter/decide/alone/unit-run.ts";

const WINDOW = 10_000_000;

test("add() keeps exact times, groups what is less than a five hundredth of the window apart, and counts it late", () => {
  const run = new UnitRun(WINDOW);

  for (const [atUs, units] of [
    [0, 1],
    [20_000, 2],
    [20_001, 3],
    [30_000, 4],
    [10_000, 5],
  ] as const) {
    run.add(atUs, units);
  }

  expect(run.timed()).toEqual([
    [20_000, 3],
    [30_000, 12],
  ]);
  expect([run.units, run.size]).toEqual([15, 2]);
});

test("cut() drops what has left the window, at whose very end units still count", () => {
  const run = new UnitRun(WINDOW);
  run.add(0, 1);
  run.add(5_000_000, 2);

  run.cut(WINDOW);
  const atEnd = run.units;
  run.cut(WINDOW + 1);

  expect([atEnd, run.units, run.leaving()]).toEqual([3, 2, [[WINDOW + 5_000_001, 2]]]);
});

test("remove() takes the oldest units, as many as there are", () => {
  const run = new UnitRun(WINDOW);
  for (const at of [0, 1_000_000, 2_000_000]) run.add(at, 2);

  run.remove(3);
  const left = run.timed();
  run.remove(9);

  expect(left).toEqual([
    [1_000_000, 1],
    [2_000_000, 2],
  ]);
  expect([run.units, run.size]).toEqual([0, 0]);
});

test("a window has few groups, whatever is admitted in it", () => {
  const run = new UnitRun(WINDOW);
  for (let atUs = 0; atUs < WINDOW; atUs += 1000) run.add(atUs, 1);

  expect([run.units, run.size <= 501]).toEqual([10_000, true]);
});
