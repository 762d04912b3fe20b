/** Where processes are killed: a home of its own, things of others in it, and the executable as it is at this commit. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Random } from "../../../src/core/system/random.ts";
import { type Acknowledged, type Promised, promisesIn } from "./acknowledged.ts";
import { type Foreign, plantForeign } from "./foreign.ts";
import { killIfThere, type OwnProcess, processesOf } from "./own-processes.ts";
import { auditRows, readRecords } from "./records.ts";
import { count, type Tally } from "./tally.ts";
import { type Said, Victim, waitFor } from "./victim.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;

/** One home, and everything that was counted on it. */
export class Ground implements AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  /** The journal of what is broken on purpose. */
  readonly journal: string;
  readonly tally: Tally;
  readonly random: Random;
  readonly foreign: Foreign;
  /** Told with every problem. */
  where = "at the beginning";
  readonly #program: readonly string[];
  #found = false;
  readonly #going: Victim[] = [];
  /** Milliseconds that a command takes that nobody kills. */
  readonly #lives = new Map<string, number>();
  readonly #acknowledged: { readonly path: string; readonly what: Acknowledged }[] = [];

  private constructor(folder: string, { tally, random }: { readonly tally: Tally; readonly random: Random }) {
    this.folder = folder;
    this.home = join(folder, "h"); // a socket's path must be short
    this.journal = join(this.home, "chaos.db");
    this.tally = tally;
    this.random = random;
    this.#program = [join(folder, "dist", "operator")];
    mkdirSync(this.home, { mode: 0o700 });
    this.foreign = plantForeign(folder, this.home);
  }

  /** Builds the executable. */
  static async open(options: { readonly tally: Tally; readonly random: Random }): Promise<Ground> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "kill-")));
    const build = [process.execPath, "build.ts", "--outdir", join(folder, "dist")];
    const { exitCode } = Bun.spawnSync(build, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
    if (exitCode !== 0) throw new Error("Cannot build the executable");
    return new Ground(folder, options);
  }

  /** Starts a command. */
  start(...args: readonly string[]): Victim {
    const env = { PATH: process.env["PATH"] ?? "", HOME: this.folder, OPERATOR_HOME: this.home };
    const victim = new Victim([...this.#program, ...args], { cwd: this.folder, env });
    this.#going.push(victim);
    return victim;
  }

  /** Runs a command to its end. */
  run(...args: readonly string[]): Promise<Said> {
    return this.start(...args).said();
  }

  /** Runs a command that must succeed, or may refuse for that reason. */
  async must(args: readonly string[], mayRefuse?: RegExp): Promise<void> {
    this.#judge(args, await this.run(...args), mayRefuse);
  }

  /** Kills a process, counts that, and looks whether foreign things are as they were. */
  async kill(victim: Victim, name: string): Promise<boolean> {
    const struck = await victim.kill();
    if (struck) count(this.tally.kills, name);
    this.compareForeign();
    return struck;
  }

  /** Compares what a process has acknowledged with what is on record now, and keeps it to be compared once more. */
  compare(name: string, path: string, acknowledged: readonly Acknowledged[]): void {
    count(this.tally.acknowledged, name, acknowledged.length);
    for (const what of acknowledged) this.#acknowledged.push({ path, what });
    this.#lost(path, acknowledged);
  }

  /** Compares everything that was ever acknowledged of a file of records. */
  compareAgain(path: string): void {
    const all = this.#acknowledged.filter((one) => one.path === path).map(({ what }) => what);
    count(this.tally.counts, "acknowledged lines compared again", all.length);
    this.#lost(path, all);
  }

  /** Compares everything that was planted. */
  compareForeign(): void {
    count(this.tally.counts, "foreign files compared", this.foreign.size());
    for (const problem of this.foreign.compare()) this.problem(problem);
  }

  /**
   * Runs a command of a person again and again, each time killed at some moment, until one has said that it is done.
   */
  async killUntilDone(name: string, args: readonly string[], promise: PromisedIn): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      const afterId = readRecords(promise.path, (records) => auditRows(records).at(-1)?.id ?? 0);
      const victim = this.start(...args);
      if (tries < MOST_TRIES) await this.#moment(victim, name);
      const struck = tries < MOST_TRIES && (await this.kill(victim, name));
      const said = await victim.said();
      const acknowledged = promisesIn(said, { ...promise, afterId });
      this.compare(name, promise.path, acknowledged);
      if (!struck) this.#lives.set(name, victim.lifeMs);
      if (!struck) this.#judge(args, said, promise.mayRefuse);
      if (!struck || acknowledged.length > 0) return;
    }
  }

  problem(text: string): void {
    this.#found = true;
    this.tally.problems.push(`${this.where}: ${text}`);
  }

  /** Waits, and where it is in vain makes that a problem. */
  async until(what: string, isSo: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<boolean> {
    if (await waitFor(isSo, withinMs)) return true;
    this.problem(`${what}: not within ${withinMs / 1000} s`);
    return false;
  }

  /** Living processes of this home, wherever they come from. */
  processes(): readonly OwnProcess[] {
    return processesOf(this.folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const victim of this.#going) await victim.kill();
    this.processes().forEach(killIfThere);
    await this.foreign[Symbol.asyncDispose]();
    if (this.#found) console.error(`What was found is kept in "${this.home}"`);
    rmSync(this.#found ? join(this.folder, "dist") : this.folder, { recursive: true, force: true });
  }

  /** Any time of its life, which is taken to be as long as the last one that was seen, or just after it has said something. */
  async #moment(victim: Victim, name: string): Promise<void> {
    const spokenOf = this.random() < 0.4;
    const afterMs = this.random() * (spokenOf ? 2 : (this.#lives.get(name) ?? COMMAND_MS));
    if (spokenOf) await waitFor(() => victim.ended || victim.written > 0, 5000);
    await waitFor(() => victim.ended, afterMs);
  }

  #judge(args: readonly string[], { code, talk }: Said, mayRefuse?: RegExp): void {
    if (code === 0 || talk.some((line) => mayRefuse?.test(line))) return;
    this.problem(`"operator ${args.join(" ")}" exited with ${code}: ${talk.join("; ")}`);
  }

  #lost(path: string, acknowledged: readonly Acknowledged[]): void {
    const lost = readRecords(path, (records) => acknowledged.filter(({ isThere }) => !isThere(records)));
    for (const { line } of lost) this.problem(`Lost: "${line.slice(0, 200)}"`);
  }
}

/** What a command of a person must leave on record, and where. */
export interface PromisedIn extends Omit<Promised, "afterId"> {
  readonly path: string;
  /** What it may say after one that was killed before had done its work all the same. */
  readonly mayRefuse?: RegExp;
}

/** As long as nothing else is known. */
const COMMAND_MS = 80;
const MOST_TRIES = 2;

/** The text of a file; empty where there is none. */
export function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
