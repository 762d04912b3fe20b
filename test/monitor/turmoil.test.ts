import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { openDatabase } from "../../src/database/mod.ts";
import { turmoilFaults, turn } from "./turmoil.ts";

test("runRound() keeps every open ticket in one incident and loses no run, whatever comes, and all come to rest once all is well", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 100, maxLength: 100 }), async (turns) => {
      using database = openDatabase(":memory:");

      expect(await turmoilFaults(turns, database)).toEqual([]);
    }),
    { numRuns: 10 },
  );
}, 120_000);
