/**
 * Situations that no catalogue of faults has: the right ticket in time, the cause named, the fix, and the end, three times
 * each with seeds of their own. `--only NAME` tries one again, `--seed N` draws others, `--shard 1/2` shares the work.
 */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../src/core/text/errors.ts";
import { type Attempt, runSituation } from "../../../src/trials/situations/run-situation.ts";
import type { Proof, ProofOptions } from "../mod.ts";
import { addAttempt, attemptsTable, newestAttempts, type RecordedAttempt, readAttempts } from "./attempts.ts";
import { openSituationLab, type SituationLab } from "./limiter/lab.ts";
import { LIMITER_SITUATIONS } from "./limiter/mod.ts";

const TIMES = 3;
/** As many readings as a level is compared with take a minute; half of them will do. */
const WARM_MS = 30_000;
const RECORD = join(import.meta.dir, "../../../.operator/situations.jsonl");

/** Tries all that have not been tried at this commit; those that are named in any case. */
export async function proveSituations({ commit, seed = 1, only, shard = [1, 1] }: ProofOptions): Promise<Proof> {
  const wanted = LIMITER_SITUATIONS.flatMap((situation) =>
    Array.from({ length: TIMES }, (_, time) => ({ situation, seed: seed + time })),
  );
  const unknown = only.find((id) => !LIMITER_SITUATIONS.some((situation) => situation.id === id));
  if (unknown !== undefined) {
    throw new Error(
      `Cannot find situation "${unknown}", expected one of ${LIMITER_SITUATIONS.map(({ id }) => id).join(", ")}`,
    );
  }
  const tried = new Set(
    readAttempts(RECORD)
      .filter((one) => one.commit === commit)
      .map(({ situation, seed }) => `${situation} ${seed}`),
  );
  const [part, parts] = shard;
  const todo = wanted
    .filter(({ situation, seed }) =>
      only.length > 0 ? only.includes(situation.id) : !tried.has(`${situation.id} ${seed}`),
    )
    .filter((_, index) => index % parts === part - 1);
  await using lab = new ReusedLab(seed);
  for (const one of todo) {
    const attempt = await attemptOn(lab, one, commit);
    if (!attempt) break;
    console.log(`${attempt.situation} with seed ${attempt.seed}: ${attempt.problems.join("; ") || "as it should be"}`);
  }
  const all = new Set(wanted.map(({ situation, seed }) => `${situation.id} ${seed}`));
  const newest = newestAttempts(readAttempts(RECORD)).filter((one) => all.has(`${one.situation} ${one.seed}`));
  const order = [...all];
  const attempts = newest.toSorted((a, b) => placeOf(a, order) - placeOf(b, order));
  const held = attempts.length === all.size && attempts.every(({ problems }) => problems.length === 0);
  return { held, figures: attemptsTable(attempts) };
}

function placeOf({ situation, seed }: RecordedAttempt, order: readonly string[]): number {
  return order.indexOf(`${situation} ${seed}`);
}

interface Wanted {
  readonly situation: (typeof LIMITER_SITUATIONS)[number];
  readonly seed: number;
}

/** One lab for all attempts, and another where that one does not become healthy any more. An interrupt takes it down, too. */
class ReusedLab implements AsyncDisposable {
  readonly #seed: number;
  readonly #ending = new AbortController();
  readonly #interrupt = (): void => this.#ending.abort();
  #lab: SituationLab | undefined;

  constructor(seed: number) {
    this.#seed = seed;
    for (const name of INTERRUPTS) process.once(name, this.#interrupt);
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  async open(): Promise<SituationLab> {
    this.#lab ??= await openSituationLab(this.#seed, this.signal);
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

/** Nothing where it was interrupted. */
async function attemptOn(
  lab: ReusedLab,
  { situation, seed }: Wanted,
  commit: string,
): Promise<RecordedAttempt | undefined> {
  try {
    const { attempt, files } = await attemptOnStage(await lab.open(), { situation, seed });
    const isGood = attempt.problems.length === 0;
    if (isGood) for (const file of files) rmSync(file, { force: true });
    else await lab.end();
    return addAttempt(RECORD, { ...attempt, commit, files: isGood ? [] : files });
  } catch (error) {
    if (lab.signal.aborted) return undefined;
    await lab.end();
    const problems = [`not tried: ${messageOf(error)}`];
    const nothing = { causes: [], tickets: 0, incidents: 0, text: "", files: [] };
    return addAttempt(RECORD, { ...nothing, situation: situation.id, seed, problems, commit });
  }
}

async function attemptOnStage(
  lab: SituationLab,
  { situation, seed }: Wanted,
): Promise<{ readonly attempt: Attempt; readonly files: readonly string[] }> {
  await using stage = await lab.stage({ seed, warmMs: WARM_MS, thresholds: situation.thresholds });
  return { attempt: await runSituation(situation, stage, seed), files: stage.files };
}
