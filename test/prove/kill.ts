/** Kills at any moment lose nothing that was acknowledged, repeat no effect, and touch nothing of others. */

import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../../src/core/system/random.ts";
import { freshSeed } from "../../src/io/seed.ts";
import { Ground } from "./kill/ground.ts";
import { Lab } from "./kill/lab.ts";
import { Round } from "./kill/round.ts";
import { type Counts, emptyTally, sumOf, type Tally } from "./kill/tally.ts";
import type { Proof } from "./mod.ts";

/** The long proof: so many kills, each lab with a seed of its own, so that it goes on where it was cut short. */
export async function proveKill(kills = 300): Promise<Proof> {
  const path = join(tmpdir(), `operator-prove-kill-${commit()}.json`);
  const progress: Progress = existsSync(path)
    ? JSON.parse(readFileSync(path, "utf8"))
    : { seed: freshSeed(), labs: 0, tally: emptyTally() };
  console.log(`Kills with seed ${progress.seed}; progress in "${path}"`);
  while (sumOf(progress.tally.kills) < kills) {
    await longLab(progress);
    progress.labs += 1;
    await Bun.write(path, JSON.stringify(progress));
    const { kills: counts, problems } = progress.tally;
    console.log(`lab ${progress.labs}: ${sumOf(counts)} kills, ${problems.length} problems`);
  }
  rmSync(path, { force: true });
  return { held: progress.tally.problems.length === 0, figures: figuresOf(progress) };
}

/** About twelve kills on one lab, in a quarter of a minute. */
export async function proveKillShort(seed = freshSeed()): Promise<Proof> {
  const progress: Progress = { seed, labs: 0, tally: emptyTally() };
  await shortLab(progress);
  return { held: progress.tally.problems.length === 0, figures: figuresOf(progress) };
}

interface Progress {
  readonly seed: number;
  /** Those that are done. */
  labs: number;
  readonly tally: Tally;
}

const ROUNDS = 3;
const AUTO = ["auto", "--up-to", "reversible"] as const;

async function longLab({ seed, labs, tally }: Progress): Promise<void> {
  await using ground = await Ground.open({ tally, random: seededRandom(seed + labs) });
  const lab = new Lab(ground);
  for (let number = 1; number <= ROUNDS; number += 1) {
    ground.where = `seed ${seed}, lab ${labs + 1}, round ${number}`;
    await lab.killRefusedUp();
    for (let up = 0; up < 2; up += 1) {
      await lab.killUp();
      await lab.killSupervisorAtUp();
    }
    await lab.bringUp();
    await longRound(new Round({ ground, lab, number, patient: true }), { byLease: number === 1 });
    if (number === ROUNDS) await lab.killDown();
    else {
      await lab.killSupervisor();
      await lab.takeDown();
    }
  }
}

async function longRound(round: Round, chaos: { readonly byLease: boolean }): Promise<void> {
  for (let birth = 0; birth < 2; birth += 1) await round.killBirth();
  const first = await round.agent();
  await round.person.ladder(...AUTO);
  await round.killAction(first, "node/2");
  await betweenAgents(round, chaos);
  await round.person.ladder("approve");
  const second = await round.takeUp();
  await round.killOnlooker();
  await round.killApproved(second, "node/3");
  await betweenAgents(round);
  await round.person.ladder(...AUTO);
  await round.killSupervisorInAction(await round.takeUp(), "node/3");
  const third = await round.takeUp();
  const standby = round.startAgent();
  await round.killAction(third, "node/2");
  await round.takeUp(standby);
  await round.haltInAction("node/2");
  await round.killOnlooker();
  await round.killAgent(standby);
  await round.killWatch("node/3");
  await round.finish();
}

/** While the leases of a dead agent run out. */
async function betweenAgents(round: Round, chaos = { byLease: false }): Promise<void> {
  await round.person.halt();
  await round.killChaos(chaos);
  await round.person.resume();
  await round.killChaos();
  await round.person.halt();
  await round.person.resume();
}

async function shortLab({ seed, tally }: Progress): Promise<void> {
  await using ground = await Ground.open({ tally, random: seededRandom(seed) });
  ground.where = `seed ${seed}`;
  const lab = new Lab(ground);
  await lab.killRefusedUp();
  await lab.killUp();
  await lab.killSupervisorAtUp();
  await lab.bringUp();
  const round = new Round({ ground, lab, number: 1, patient: false });
  await round.killBirth();
  const first = await round.agent();
  await round.person.ladder(...AUTO);
  await round.killAction(first, "node/2");
  await round.person.halt();
  await round.person.resume();
  await round.killChaos();
  await round.killAgent(await round.takeUp());
  await round.killWatch("node/3");
  await round.finish();
  await lab.killSupervisor();
  await lab.takeDown();
}

function figuresOf({ seed, tally: { kills, acknowledged, counts, problems } }: Progress): string {
  const lines = (what: Counts): readonly string[] =>
    Object.entries(what)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `| ${name} | ${count} |`);
  return [
    `${sumOf(kills)} kills (SIGKILL) with seed ${seed}; ${problems.length} problems.`,
    ["| victim | kills |", "|---|---|", ...lines(kills)].join("\n"),
    ["| acknowledged by | lines compared |", "|---|---|", ...lines(acknowledged)].join("\n"),
    ["| counted | |", "|---|---|", ...lines(counts)].join("\n"),
    ...problems.map((problem) => `- ${problem}`),
  ].join("\n\n");
}

function commit(): string {
  return Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"]).stdout.toString().trim();
}
