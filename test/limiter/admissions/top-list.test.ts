import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { TopList } from "../../../src/limiter/admissions/top-list.ts";

test("TopList holds the names of the highest rank, highest first", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1000 })), fc.nat(10), (ranks, max) => {
      const list = new TopList(max);
      for (const [name, rank] of ranks.entries()) list.add(`${name}`, rank);

      const highest = ranks.toSorted((a, b) => b - a).slice(0, max);
      expect(list.names().map((name) => ranks[Number(name)] ?? 0)).toEqual(highest);
    }),
  );
});
