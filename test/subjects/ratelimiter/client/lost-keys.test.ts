import { expect, test } from "bun:test";
import { lostKeysOf } from "../../../../src/subjects/ratelimiter/client/lost-keys.ts";

const BEFORE = { startedAtMs: 1, keys: 1000, expiredKeys: 10, evictedKeys: 0, lostKeys: 3 };

test.each([
  ["expired", { ...BEFORE, keys: 5, expiredKeys: 1010 }, 3],
  ["were evicted", { ...BEFORE, keys: 5, evictedKeys: 995 }, 3],
  ["vanished at once", { ...BEFORE, keys: 5 }, 998],
  ["are gone after a restart", { startedAtMs: 2, keys: 0, expiredKeys: 0, evictedKeys: 0 }, 1003],
  ["were deleted one by one", { ...BEFORE, keys: 990 }, 3],
  ["were deleted in part", { ...BEFORE, keys: 700 }, 303],
  ["became more", { ...BEFORE, keys: 1200 }, 3],
] as const)("lostKeysOf() where keys %s", (_what, now, lost) => {
  expect(lostKeysOf(now, BEFORE)).toBe(lost);
});

test("lostKeysOf() counts nothing at the first reading, nor where another server was read", () => {
  expect(lostKeysOf(BEFORE, undefined)).toBe(0);
  expect(lostKeysOf({ ...BEFORE, keys: 0, address: "a:1" }, { ...BEFORE, address: "b:1" })).toBe(3);
});
