/**
 * Random storms give as many incidents as there were causes, and no turmoil leaves a ticket, an incident or a run behind. Runs in
 * parts; a part that has held at this commit is not run again, so that a proof that was broken off goes on where it was.
 */

import { appendFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { openDatabase } from "../../src/database/mod.ts";
import { incidentsOf, type Planted, storms } from "../monitor/storms.ts";
import { LASTS, type Turn, turmoilFaults, turn } from "../monitor/turmoil.ts";
import type { Proof } from "./mod.ts";

/** Turns of one turmoil. */
const TURNS = 100;

interface Kind {
  readonly name: string;
  readonly parts: number;
  /** Runs of a part. */
  readonly runs: number;
  readonly check: (settings: fc.Parameters<unknown>) => Promise<fc.RunDetails<unknown>>;
}

const KINDS: readonly Kind[] = [
  {
    name: "storms",
    parts: 20,
    runs: 500,
    check: (settings) => Promise.resolve(fc.check(fc.property(storms, isCounted), settings)),
  },
  {
    name: `turmoils of ${LASTS * TURNS} looks`,
    parts: 40,
    runs: 50,
    check: (settings) => {
      const turns = fc.array(turn, { minLength: TURNS, maxLength: TURNS });
      return Promise.resolve(fc.check(fc.asyncProperty(turns, comesToRest), settings));
    },
  },
];

/** Runs both to their ends, or to the first part that fails, and tells how that is run again. */
export async function proveStorms(): Promise<Proof> {
  const rows: string[] = [];
  let held = true;
  for (const kind of KINDS) {
    const failed = await firstFailure(kind);
    held &&= failed === undefined;
    const outcome = failed ?? "held";
    rows.push(`| ${kind.name} | ${kind.parts * kind.runs} | 1 to ${kind.parts}, ${kind.runs} runs each | ${outcome} |`);
  }
  return { held, figures: ["| what | runs | seeds | outcome |\n|---|---|---|---|", ...rows].join("\n") };
}

async function firstFailure({ name, parts, runs, check }: Kind): Promise<string | undefined> {
  const progress = progressFile();
  const done = (await progress.exists()) ? (await progress.text()).split("\n") : [];
  for (let seed = 1; seed <= parts; seed++) {
    const part = `${name}: seed ${seed}`;
    if (done.includes(part)) continue;
    const { failed, counterexamplePath, errorInstance } = await check({ numRuns: runs, seed, endOnFailure: true });
    if (failed) return `failed: seed ${seed}, path ${counterexamplePath}: ${String(errorInstance)}`;
    await appendFile(progress.name ?? "", `${part}\n`);
    console.log(`${part} held`);
  }
  return undefined;
}

function progressFile(): Bun.BunFile {
  const commit = Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"]).stdout.toString().trim();
  return Bun.file(join(tmpdir(), `operator-prove-storms-${commit}`));
}

function isCounted(storm: readonly Planted[]): void {
  using database = openDatabase(":memory:");
  const found = incidentsOf(storm, database).length;
  if (found !== storm.length) throw new Error(`${storm.length} causes became ${found} incidents`);
}

async function comesToRest(turns: readonly Turn[]): Promise<void> {
  using database = openDatabase(":memory:");
  const [fault] = await turmoilFaults(turns, database);
  if (fault !== undefined) throw new Error(fault);
}
