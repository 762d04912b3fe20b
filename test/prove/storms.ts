/** Random storms give as many incidents as there were causes, and no turmoil leaves a ticket or an incident behind. */

import * as fc from "fast-check";
import { temporaryDatabase } from "../monitor/scripted-session.ts";
import { incidentsOf, type Planted, storms } from "../monitor/storms.ts";
import { runTurmoil, type Turn, turn } from "../monitor/turmoil.ts";
import type { Proof } from "./mod.ts";

const STORMS = 10_000;
const TURMOILS = 100;
/** Turns of one turmoil, of four looks each. */
const TURNS = 100;
const SEED = 1;

/** Runs both, and tells the seed and what failed first. */
export async function proveStorms(): Promise<Proof> {
  const stormy = fc.check(fc.property(storms, isCounted), { numRuns: STORMS, seed: SEED });
  const turmoil = await fc.check(
    fc.asyncProperty(fc.array(turn, { minLength: TURNS, maxLength: TURNS }), comesToRest),
    { numRuns: TURMOILS, seed: SEED },
  );
  const rows = [
    ["storms", stormy.numRuns, stormy.failed, stormy.counterexample],
    [`turmoils of ${4 * TURNS} looks`, turmoil.numRuns, turmoil.failed, turmoil.counterexample],
  ] as const;
  const figures = [
    "| what | runs | seed | outcome |\n|---|---|---|---|",
    ...rows.map(([what, runs, failed, example]) => {
      return `| ${what} | ${runs} | ${SEED} | ${failed ? `failed: ${JSON.stringify(example)}` : "held"} |`;
    }),
  ].join("\n");
  return { held: !stormy.failed && !turmoil.failed, figures };
}

function isCounted(storm: readonly Planted[]): boolean {
  using database = temporaryDatabase();
  return incidentsOf(storm, database).length === storm.length;
}

async function comesToRest(turns: readonly Turn[]): Promise<boolean> {
  using database = temporaryDatabase();
  let misplaced = 0;
  const instance = await runTurmoil(turns, database, (id) => {
    const unresolved = database.incidents.list({ instance: id, unresolved: true });
    const members = unresolved.flatMap((incident) => database.incidents.tickets(incident.id)).map((one) => one.id);
    const open = database.tickets.list({ instance: id, state: "open" }).filter(({ held }) => !held);
    misplaced += open.filter((ticket) => members.filter((member) => member === ticket.id).length !== 1).length;
  });
  const left = database.incidents.list({ instance, unresolved: true }).length;
  return misplaced === 0 && left === 0 && database.tickets.list({ instance, state: "open" }).length === 0;
}
