import { expect, test } from "bun:test";
import { RecentKeys } from "../../src/limiter/recent-keys.ts";

test("RecentKeys counts, and forgets the key that was noted longest ago", () => {
  const keys = new RecentKeys(2);

  for (const key of ["a", "b", "a", "c"]) keys.note(key);

  expect(keys.list()).toEqual(["a", "c"]);
  expect(keys.heaviest(1)).toEqual([["a", 2]]);
  expect(keys.isFull).toBe(true);
});

test("RecentKeys counts a forgotten key anew", () => {
  const keys = new RecentKeys(2);
  keys.note("a");

  keys.forget("a");
  keys.note("a");

  expect(keys.heaviest(5)).toEqual([["a", 1]]);
});
