import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { freeMemory } from "../../../src/io/system/memory.ts";

test("freeMemory() frees at once what nobody holds any more", () => {
  freeMemory();
  const { objectCount: held } = heapStats();
  let newest: object = {};
  for (let index = 0; index < 20_000; index++) newest = { index, before: [index] };

  freeMemory();

  expect(newest).toEqual({ index: 19_999, before: [19_999] });
  expect(heapStats().objectCount).toBeLessThan(held + 10_000);
});
