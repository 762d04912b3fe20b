/** The running limiter of a ground: brought up, taken down, and killed on the way there and back. */

import * as v from "valibot";
import { type Folder, folderOf } from "../../../src/deployments/local/folder/folder.ts";
import { readMarker } from "../../../src/deployments/local/folder/marker.ts";
import { readIfThere, writeWhole } from "../../../src/io/files/file.ts";
import type { Ground } from "./ground.ts";
import { killIfThere } from "./own-processes.ts";
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
    await this.#witness?.stop();
    this.#witness = takePlace(this.#folder.socket, this.#ground.folder);
  }

  async takeDown(): Promise<void> {
    await this.#ground.must(["down", "--name", NAME], /it is not running/);
    await this.#witness?.stop();
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
    await this.#leave(isUp);
  }

  /** The supervisor is killed while it brings everything up, and what it had started by then does not stay. */
  async killSupervisorAtUp(): Promise<void> {
    const { random, tally } = this.#ground;
    const up = this.#ground.start(...UP);
    await someMoment(up, random, UP_MS);
    // Before it has marked its folder, too.
    const supervisors = this.#ground.processes().filter(({ command }) => command.includes(" supervise "));
    supervisors.forEach(killIfThere);
    if (supervisors.length > 0) count(tally.kills, "supervisor");
    const { code } = await up.said();
    if (code === 0 || random() < 0.5) await this.takeDown();
  }

  /** Killed halfway; a second one ends what is left. */
  async killDown(): Promise<void> {
    const down = this.#ground.start("down", "--name", NAME);
    await someMoment(down, this.#ground.random, UP_MS);
    await this.#ground.kill(down, "down");
    await this.takeDown();
  }

  /** Its journal then names a process of others, too. What it left is ended by the next `down` or the next `up`. */
  async killSupervisor(): Promise<void> {
    const { foreign, tally } = this.#ground;
    process.kill(this.#supervisor(), "SIGKILL");
    count(tally.kills, "supervisor");
    await this.witness.stop();
    const journal = this.#journal();
    const { pid, startTime } = foreign;
    const processes = { ...journal.processes, "node/9": { pid, startTime } };
    writeWhole(this.#folder.journal, JSON.stringify({ ...journal, processes }));
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
    const pid = this.#journal().processes[component]?.pid;
    if (pid === undefined) throw new Error(`Cannot find the process of ${component}`);
    process.kill(pid, signal);
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

  /** What was on its way up ends by itself, is ended by the next command, or was up before its command could say so. */
  async #leave(isUp: boolean): Promise<void> {
    const way = Math.floor(this.#ground.random() * 3);
    if (isUp || way === 0) return await this.takeDown();
    if (way === 1) return; // the next `up` must cope with it
    const isOver = async (): Promise<boolean> => this.#ground.processes().length === 0 || (await this.allRun());
    await this.#ground.until("up that was killed has come to an end", isOver);
    await this.takeDown();
  }

  async #gone(): Promise<void> {
    await this.#ground.until("no process of ours is left", () => this.#ground.processes().length === 0);
    count(this.#ground.tally.counts, "times that no process was left");
    this.#ground.compareForeign();
  }

  #supervisor(): number {
    const pid = readMarker(this.#folder.marker)?.supervisor?.pid;
    if (pid === undefined) throw new Error("Cannot find the supervisor");
    return pid;
  }

  #journal(): v.InferOutput<typeof Journal> {
    return v.parse(v.pipe(v.string(), v.parseJson(), Journal), readIfThere(this.#folder.journal));
  }
}
