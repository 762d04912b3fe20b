import { expect, test } from "bun:test";
import { RecentKeys } from "../../../src/limiter/admissions/recent-keys.ts";

test("RecentKeys forgets the key that was noted longest ago", () => {
  const keys = new RecentKeys(2);

  for (const key of ["a", "b", "a", "c"]) keys.note(key);

  expect(keys.list()).toEqual(["a", "c"]);
  expect(keys.isFull).toBe(true);
});
