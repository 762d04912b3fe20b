import { expect, test } from "bun:test";
import { RecentDemand } from "../../../src/limiter/admissions/recent-demand.ts";

test("RecentDemand counts checks by key, those asked for most first", () => {
  const demand = new RecentDemand(0);

  for (const key of ["a", "b", "b", "c", "b", "c"]) demand.note(key, 500);

  expect(demand.page(2, 1000)).toEqual({
    seconds: 3,
    checks: 6,
    keys: [
      ["b", 3],
      ["c", 2],
    ],
  });
});

test("RecentDemand goes back two seconds at the least, and four at the most", () => {
  const demand = new RecentDemand(0);
  demand.note("early", 100);
  demand.note("late", 2500);

  expect(demand.page(5, 3999)).toMatchObject({ seconds: 3.999, checks: 2 });
  expect(demand.page(5, 4000)).toEqual({ seconds: 2, checks: 1, keys: [["late", 1]] });
  expect(demand.page(5, 20_000)).toEqual({ seconds: 2, checks: 0, keys: [] });
});

test("RecentDemand follows a key that is new, however often others were asked for before", () => {
  const demand = new RecentDemand(0);
  for (let old = 0; old < 30; old++) for (let check = 0; check < 100; check++) demand.note(`old-${old}`, 0);

  for (let check = 0; check < 50; check++) demand.note("new", 5000);

  expect(demand.page(20, 5000).keys).toEqual([["new", 50]]);
});

test("RecentDemand remembers a bounded number of keys, and counts the checks of all", () => {
  const demand = new RecentDemand(0);

  for (let key = 0; key < 5000; key++) demand.note(`key-${key}`, 0);
  demand.note("key-0", 0);

  const { checks, keys } = demand.page(9999, 0);
  expect(checks).toBe(5001);
  expect(keys).toHaveLength(1000);
  expect(keys[0]).toEqual(["key-0", 2]);
});
