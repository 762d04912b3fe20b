import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { temporaryDatabase } from "./scripted-session.ts";
import { incidentsOf, storms } from "./storms.ts";

test("fileIncidents() makes as many incidents as causes were planted, wherever these do not touch", () => {
  fc.assert(
    fc.property(storms, (storm) => {
      using database = temporaryDatabase();

      expect(incidentsOf(storm, database)).toHaveLength(storm.length);
    }),
    { numRuns: 40 },
  );
}, 60_000);
