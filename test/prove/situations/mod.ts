/**
 * Situations that no catalogue of faults has: the right ticket in time, the cause named, the fix, and the end, three times
 * each with seeds of their own. `--only NAME` tries one again, `--seed N` draws others, `--times 1` draws each once,
 * `--shard 1/2` shares the work, and `--times 0` prints what is on record.
 */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../src/core/text/errors.ts";
import { type Attempt, runSituation } from "../../../src/trials/situations/run-situation.ts";
import type { Situation } from "../../../src/trials/situations/situation.ts";
import type { Proof, ProofOptions } from "../mod.ts";
import { addAttempt, attemptsTable, newestAttempts, type RecordedAttempt, readAttempts } from "./attempts.ts";
import type { SituationLab } from "./lab.ts";

const TIMES = 3;
/** As many readings as a level is compared with take a minute; half of them will do. */
const WARM_MS = 30_000;

/** The situations of one subject, and where they take place. */
export interface Repertoire<Powers> {
  readonly situations: readonly Situation<Powers>[];
  /** The same seed sends the same traffic. */
  readonly open: (seed: number, signal: AbortSignal) => Promise<SituationLab<Powers>>;
  /** Name of the file of attempts, without its ending. */
  readonly record: string;
}

/** Tries all that have not been tried at this commit; those that are named in any case. */
export async function proveSituations<Powers>(
  repertoire: Repertoire<Powers>,
  { commit, seed = 1, times = TIMES, only, shard = [1, 1] }: ProofOptions,
): Promise<Proof> {
  const { situations } = repertoire;
  const record = join(import.meta.dir, `../../../.operator/${repertoire.record}.jsonl`);
  const wanted = situations.flatMap((situation) =>
    Array.from({ length: TIMES }, (_, time) => ({ situation, seed: seed + time })),
  );
  const unknown = only.find((id) => !situations.some((situation) => situation.id === id));
  if (unknown !== undefined) {
    throw new Error(`Cannot find situation "${unknown}", expected one of ${situations.map(({ id }) => id).join(", ")}`);
  }
  const tried = new Set(
    readAttempts(record)
      .filter((one) => one.commit === commit)
      .map(({ situation, seed }) => `${situation} ${seed}`),
  );
  const [part, parts] = shard;
  const todo = wanted
    .filter((one) => one.seed < seed + times)
    .toSorted((a, b) => a.seed - b.seed)
    .filter(({ situation, seed }) =>
      only.length > 0 ? only.includes(situation.id) : !tried.has(`${situation.id} ${seed}`),
    )
    .filter((_, index) => index % parts === part - 1);
  await using lab = new ReusedLab(repertoire.open, seed);
  for (const one of todo) {
    const tried = await attemptOn(lab, one);
    if (!tried) break;
    const attempt = addAttempt(record, { ...tried, commit });
    console.log(`${attempt.situation} with seed ${attempt.seed}: ${attempt.problems.join("; ") || "as it should be"}`);
  }
  const all = new Set(wanted.map(({ situation, seed }) => `${situation.id} ${seed}`));
  const newest = newestAttempts(readAttempts(record)).filter((one) => all.has(`${one.situation} ${one.seed}`));
  const order = [...all];
  const attempts = newest.toSorted((a, b) => placeOf(a, order) - placeOf(b, order));
  const isWhole = attempts.length === all.size;
  const held = attempts.every(({ problems }) => problems.length === 0);
  return { held: held && (isWhole || "partial"), figures: attemptsTable(attempts) };
}

function placeOf({ situation, seed }: RecordedAttempt, order: readonly string[]): number {
  return order.indexOf(`${situation} ${seed}`);
}

interface Wanted<Powers> {
  readonly situation: Situation<Powers>;
  readonly seed: number;
}

/** One lab for all attempts, and another where that one does not become healthy any more. An interrupt takes it down, too. */
class ReusedLab<Powers> implements AsyncDisposable {
  readonly #open: Repertoire<Powers>["open"];
  readonly #seed: number;
  readonly #ending = new AbortController();
  readonly #interrupt = (): void => this.#ending.abort();
  #lab: SituationLab<Powers> | undefined;

  constructor(open: Repertoire<Powers>["open"], seed: number) {
    this.#open = open;
    this.#seed = seed;
    for (const name of INTERRUPTS) process.once(name, this.#interrupt);
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  async open(): Promise<SituationLab<Powers>> {
    this.#lab ??= await this.#open(this.#seed, this.signal);
    return this.#lab;
  }

  async end(): Promise<void> {
    await this.#lab?.[Symbol.asyncDispose]();
    this.#lab = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of INTERRUPTS) process.off(name, this.#interrupt);
    await this.end();
  }
}

const INTERRUPTS = ["SIGINT", "SIGTERM"] as const;

type Tried = Omit<RecordedAttempt, "commit" | "load">;

/** Nothing where it was interrupted. */
async function attemptOn<Powers>(
  lab: ReusedLab<Powers>,
  { situation, seed }: Wanted<Powers>,
): Promise<Tried | undefined> {
  try {
    const { attempt, files } = await attemptOnStage(await lab.open(), { situation, seed });
    const isGood = attempt.problems.length === 0;
    if (isGood) for (const file of files) rmSync(file, { force: true });
    else await lab.end();
    return { ...attempt, files: isGood ? [] : files };
  } catch (error) {
    if (lab.signal.aborted) return undefined;
    await lab.end();
    const problems = [`not tried: ${messageOf(error)}`];
    const nothing = { causes: [], tickets: 0, incidents: 0, text: "", files: [] };
    return { ...nothing, situation: situation.id, seed, problems };
  }
}

async function attemptOnStage<Powers>(
  lab: SituationLab<Powers>,
  { situation, seed }: Wanted<Powers>,
): Promise<{ readonly attempt: Attempt; readonly files: readonly string[] }> {
  await using stage = await lab.stage({ seed, warmMs: WARM_MS, thresholds: situation.thresholds });
  return { attempt: await runSituation(situation, stage, seed), files: stage.files };
}
