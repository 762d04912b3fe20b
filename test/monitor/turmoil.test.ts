import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Database } from "../../src/database/mod.ts";
import { temporaryDatabase } from "./scripted-session.ts";
import { runTurmoil, turn } from "./turmoil.ts";

test("runRound() keeps every open ticket in one incident, whatever comes, and resolves all of them once all is well", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 20, maxLength: 25 }), async (turns) => {
      using database = temporaryDatabase();

      const instance = await runTurmoil(turns, database, (id) => expect(misplaced(database, id)).toEqual([]));

      expect(database.tickets.list({ instance, state: "open" })).toEqual([]);
      expect(database.incidents.list({ instance, unresolved: true })).toEqual([]);
      expect(database.incidents.list({ instance }).length).toBeLessThanOrEqual(openings(database, instance));
    }),
    { numRuns: 8 },
  );
}, 120_000);

/** Open tickets that nobody holds and that are in no unresolved incident, or in several. */
function misplaced(database: Database, instance: number): readonly string[] {
  const open = database.tickets.list({ instance, state: "open" }).filter(({ held }) => !held);
  const members = database.incidents
    .list({ instance, unresolved: true })
    .flatMap(({ id }) => database.incidents.tickets(id).map((ticket) => ticket.id));
  return open.flatMap(({ id }) => {
    const places = members.filter((member) => member === id).length;
    return places === 1 ? [] : [`ticket ${id} is in ${places} incidents`];
  });
}

/** Each opening, and each release and split by a person, may form one incident. */
function openings(database: Database, instance: number): number {
  const changes = database.tickets.list({ instance }).flatMap(({ id }) => database.tickets.transitions(id));
  return changes.filter(({ change }) => change === "opened" || change === "reopened" || change === "unheld").length;
}
