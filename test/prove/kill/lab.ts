/** The running limiter of a ground: brought up, taken down, and killed on the way there and back. */

import * as v from "valibot";
import { type Folder, folderOf } from "../../../src/deployments/local/folder/folder.ts";
import { readMarker } from "../../../src/deployments/local/folder/marker.ts";
import { readIfThere, writeWhole } from "../../../src/io/files/file.ts";
import type { Ground } from "./ground.ts";
import { count } from "./tally.ts";
import { someMoment } from "./victim.ts";
import { takePlace, type Witness } from "./witness.ts";

const NAME = "ratelimiter";
const UP = ["up", NAME, "--nodes", "3", "--json"] as const;
/** A supervisor, a Redis and three nodes. */
const PROCESSES = 5;
/** Milliseconds that coming up takes on an idle machine. */
const UP_MS = 900;

const Journal = v.object({
  deployment: v.string(),
  processes: v.record(v.string(), v.object({ pid: v.number(), startTime: v.string() })),
});

/** A limiter that comes and goes. */
export class Lab {
  readonly #ground: Ground;
  readonly #folder: Folder;
  #witness: Witness | undefined;
  #planted = false;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#folder = folderOf(ground.home, NAME);
  }

  /** Who sees what is sent to the supervisor. */
  get witness(): Witness {
    if (!this.#witness) throw new Error("Cannot see what is sent: nothing runs");
    return this.#witness;
  }

  /** Brings it up, also where what was killed is still on its way out, and puts the witness in place. */
  async bringUp(): Promise<void> {
    await this.#ground.until("up", async () => (await this.#ground.run(...UP)).code === 0);
    await this.#ground.until(`${PROCESSES} processes`, () => this.#ground.processes().length === PROCESSES);
    if (!this.#planted) this.#ground.foreign.plantIn(this.#folder.path);
    this.#planted = true;
    this.#witness = takePlace(this.#folder.socket, this.#ground.folder);
  }

  async takeDown(): Promise<void> {
    await this.#ground.must(["down", "--name", NAME], /it is not running/);
    await this.#gone();
  }

  /** What has acknowledged that everything is ready has left it running; of what has not, nothing is left. */
  async killUp(): Promise<void> {
    const { random, tally } = this.#ground;
    const up = this.#ground.start(...UP);
    await someMoment(up, random, UP_MS);
    await this.#ground.kill(up, "up");
    const { lines, talk } = await up.said();
    const isUp = lines.length > 0 || talk.some((line) => line.includes("Up: "));
    if (isUp) {
      count(tally.acknowledged, "up");
      if (!(await this.allRun())) this.#ground.problem("up said that everything is ready, and it is not");
    }
    // What is on its way out ends by itself, or is ended by the next command.
    const way = Math.floor(random() * 3);
    if (isUp || way === 0) await this.takeDown();
    else if (way === 1) await this.#gone();
  }

  /** Killed halfway; a second one ends what is left. */
  async killDown(): Promise<void> {
    const down = this.#ground.start("down", "--name", NAME);
    await someMoment(down, this.#ground.random, UP_MS);
    await this.#ground.kill(down, "down");
    await this.#witness?.stop();
    await this.takeDown();
  }

  /** Its journal then names a process of others, too. What it left is ended by the next `down` or by the next `up`. */
  async killSupervisor(): Promise<void> {
    const { random, foreign, tally } = this.#ground;
    process.kill(readMarker(this.#folder.marker)?.supervisor?.pid ?? 0, "SIGKILL");
    count(tally.kills, "supervisor");
    await this.witness.stop();
    const journal = this.#journal();
    const { pid, startTime } = foreign;
    const processes = { ...journal.processes, "node/9": { pid, startTime } };
    writeWhole(this.#folder.journal, JSON.stringify({ ...journal, processes }));
    if (random() < 0.5) await this.takeDown();
    this.#ground.compareForeign();
  }

  /** Names whose folder is another's. */
  async killRefusedUp(): Promise<void> {
    for (const name of ["prod", "unmarked", "linked"]) {
      const up = this.#ground.start(...UP, "--name", name);
      await someMoment(up, this.#ground.random, 200);
      if (!(await this.#ground.kill(up, "up")) && (await up.said()).code === 0) {
        this.#ground.problem(`up used the folder "${name}" of others`);
      }
    }
    await this.#gone();
  }

  /** Sends a signal to the process of a component, behind everybody's back. */
  signal(component: string, signal: "SIGKILL" | "SIGSTOP"): void {
    process.kill(this.#journal().processes[component]?.pid ?? 0, signal);
  }

  /** Brings every node back that is down or stopped, behind everybody's back, too. */
  async mend(): Promise<void> {
    for (const component of ["node/1", "node/2", "node/3"]) {
      await this.witness.tell({ verb: "start", component });
      await this.witness.tell({ verb: "resume", component });
    }
  }

  /** Whether every component runs. */
  async allRun(): Promise<boolean> {
    return (await this.#ground.run("status", "--name", NAME)).code === 0;
  }

  async #gone(): Promise<void> {
    await this.#ground.until("no process of ours is left", () => this.#ground.processes().length === 0);
    count(this.#ground.tally.counts, "times that no process was left");
    this.#ground.compareForeign();
  }

  #journal(): v.InferOutput<typeof Journal> {
    return v.parse(v.pipe(v.string(), v.parseJson(), Journal), readIfThere(this.#folder.journal));
  }
}
