import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { openDatabase } from "../../src/database/mod.ts";
import { incidentsOf, storms } from "./storms.ts";

test("fileIncidents() makes as many incidents as causes were planted, wherever these do not touch", () => {
  fc.assert(
    fc.property(storms, (storm) => {
      using database = openDatabase(":memory:");

      expect(incidentsOf(storm, database)).toHaveLength(storm.length);
    }),
    { numRuns: 100 },
  );
}, 60_000);
