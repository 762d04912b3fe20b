/** Random walks of one key after another through the script of an algorithm; each answer of the exact one is held against the model. */

import type { Redis } from "ioredis";
import { ALGORITHMS, type Algorithm } from "../../lua/algorithms.ts";
import { type Random, seededRandom } from "../../src/core/system/random.ts";
import { RESET_SCRIPT, SCRIPTS, type Script } from "../../src/limiter/decide/redis/scripts.ts";
import { CounterModel, isExact, quantumOf, type Rule } from "./counter-model.ts";
import { EpochSums } from "./epoch-sums.ts";
import { callAt, deleteVirtual, inVirtualTime } from "./virtual-time.ts";

/** How walks are made. */
export interface WalkOptions {
  readonly algorithm: Algorithm;
  /** Of the sequence from which each key has the seed of its own. */
  readonly seed: number;
  /** Whether limits change, several windows are used in turn, and the clock steps back. */
  readonly changing: boolean;
  /** Calls at least. */
  readonly steps: number;
}

/** What came of walks. */
export interface Walked {
  steps: number;
  keys: number;
  allowed: number;
  denied: number;
  /** Kinds of counters seen, by their letters. */
  readonly kinds: Set<string>;
  /** The most units of one window and epoch, as a multiple of the limit. */
  worstRatio: number;
  /** What may not be, with what led to it. */
  readonly deviations: string[];
}

interface Answer {
  readonly retryUs: number;
  readonly count: number;
  readonly moreUs: number;
  readonly resetUs: number;
  readonly epochUs: number;
}

const LIMITS = [1, 2, 3, 5, 10, 40, 100, 127, 128, 200, 512, 513, 600, 1000, 3000, 20_000, 99_999, 100_000, 200_000];
const WINDOWS_MS = [1, 2, 10, 191, 193, 1000, 60_000, 3_600_000, 2_147_483, 2_147_484, 86_400_000, 2_678_400_000];
const START_US = 1_700_000_000_000_000;
/** Keys that are walked at once. */
const WORKERS = 16;
/** Calls that are allowed, and calls that are denied, at least. */
export const OF_EACH_KIND = 50;
const TOLD = 8;
const VIRTUAL = new Map(ALGORITHMS.map((algorithm) => [algorithm, inVirtualTime(SCRIPTS[algorithm])]));
const RESET = inVirtualTime(RESET_SCRIPT);

/** Walks key after key until so many calls were made. */
export async function walkCounters(client: Redis, { seed, steps, ...how }: WalkOptions): Promise<Walked> {
  const seeds = seededRandom(seed);
  const walked: Walked = { steps: 0, keys: 0, allowed: 0, denied: 0, kinds: new Set(), worstRatio: 0, deviations: [] };
  await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      while (isShort(walked, steps)) {
        const random = seededRandom(seeds() * 2 ** 32);
        const walk = new CounterWalk(client, { ...how, random, number: walked.keys++, walked });
        await walk.go().catch((error: unknown) => walk.deviates(String(error)));
      }
    }),
  );
  return walked;
}

/** Few keys may have been denied hardly ever: then more are walked, within a bound. */
function isShort(walked: Walked, steps: number): boolean {
  if (walked.steps < steps) return true;
  return Math.min(walked.allowed, walked.denied) <= OF_EACH_KIND && walked.steps < 20 * steps;
}

interface KeyOptions extends Pick<WalkOptions, "algorithm" | "changing"> {
  readonly random: Random;
  readonly number: number;
  readonly walked: Walked;
}

class CounterWalk {
  readonly #client: Redis;
  readonly #random: Random;
  readonly #changing: boolean;
  readonly #walked: Walked;
  readonly #key: string;
  readonly #algorithm: Algorithm;
  readonly #script: Script;
  /** By window. */
  readonly #models = new Map<number, CounterModel>();
  readonly #sums: EpochSums;
  readonly #history: string[] = [];
  readonly #windowsUs: readonly number[];
  /** How often a cost is above 1. */
  readonly #aboveOneRatio: number;
  /** Whether it is never above 5. */
  readonly #isCheap: boolean;
  /** Whether it is asked often enough to hold thousands of entries. */
  readonly #isDense: boolean;
  #rule: Rule;
  #nowUs: number;
  #stepsBack = 0;

  constructor(client: Redis, { algorithm, random, number, changing, walked }: KeyOptions) {
    this.#client = client;
    this.#algorithm = algorithm;
    this.#script = VIRTUAL.get(algorithm) ?? inVirtualTime(SCRIPTS[algorithm]);
    this.#sums = new EpochSums(algorithm);
    this.#random = random;
    this.#changing = changing;
    this.#walked = walked;
    this.#key = `walk ${algorithm} ${number}`;
    this.#aboveOneRatio = this.#pick([0, 0.01, 0.4, 1]);
    this.#isCheap = random() < 0.5;
    this.#isDense = random() < 0.15;
    const windows = changing ? 1 + this.#below(4) : 1;
    this.#windowsUs = Array.from({ length: windows }, () => this.#pick(WINDOWS_MS) * 1000);
    const limit = this.#pick(this.#isDense ? LIMITS.slice(10) : LIMITS);
    this.#rule = { limit, windowUs: this.#pick(this.#windowsUs) };
    this.#nowUs = START_US + this.#below(1e12);
  }

  async go(): Promise<void> {
    const steps = this.#isDense ? 800 + this.#below(1500) : 50 + this.#below(400);
    for (let step = 0; step < steps; step++) {
      await this.#step();
      if (this.#random() < 0.03) this.#walked.kinds.add(await this.#client.getrange(this.#key, 0, 0));
    }
    const { ratio, broken } = this.#sums.worst();
    this.#walked.worstRatio = Math.max(this.#walked.worstRatio, ratio);
    if (broken !== undefined) this.deviates(broken);
    await deleteVirtual(this.#client, [this.#key, ...this.#windowsUs.map((us) => `${this.#key}:${us / 1000}`)]);
  }

  get #model(): CounterModel {
    const { windowUs } = this.#rule;
    const model = this.#models.get(windowUs) ?? new CounterModel(windowUs);
    this.#models.set(windowUs, model);
    return model;
  }

  async #step(): Promise<void> {
    this.#nowUs += this.#gapUs();
    for (const model of this.#models.values()) model.pass(this.#nowUs);
    if (this.#changing) this.#change();
    if (this.#random() < 0.003) await this.#reset();
    if (this.#random() < 0.03) await this.#read();
    const cost = this.#cost();
    const answer = await this.#check(cost);
    const { limit } = this.#rule;
    const isPromised = !this.#changing && answer.retryUs > 0 && cost <= limit && limit <= 99_999;
    if (isPromised && this.#random() < 0.25) await this.#probe(cost, answer.retryUs);
  }

  /** Microseconds until the next step: none, a few, about when the oldest unit leaves, at expiry, or until stamps have gone round. */
  #gapUs(): number {
    const { limit, windowUs } = this.#rule;
    const quantumUs = quantumOf(windowUs);
    if (this.#random() < 0.25) return 0;
    if (this.#random() < (this.#isDense ? 0.995 : 0.3))
      return 1 + this.#below(windowUs / Math.min(limit, this.#isDense ? 5000 : 200));
    const at = 0.45 + this.#random() * (this.#isDense ? 0.2 : 0.55);
    if (at < 0.6) return 1 + this.#below(windowUs / (this.#isDense ? 1 : 4));
    const [oldestUs] = this.#model.ends(this.#nowUs) ?? [];
    if (at < 0.72 && oldestUs) {
      return Math.max(0, oldestUs + windowUs + quantumUs * (this.#below(4) - 1) + this.#below(4) - 1 - this.#nowUs);
    }
    if (at < 0.8) return windowUs + this.#below(5) - 2;
    if (at < 0.84) return this.#below(windowUs * 2);
    if (at < 0.87) return windowUs + 1_000_000 + this.#below(5000) - 2500 + this.#pick([0, Math.floor(windowUs / 4)]);
    if (at < 0.875 && quantumUs < 1_000_000)
      return 2 ** 32 * quantumUs + this.#below(5) - 2 - this.#pick([0, windowUs]);
    return 1;
  }

  #change(): void {
    const at = this.#random() * (this.#isDense ? 20 : 1);
    if (at < 0.03) this.#rule = { ...this.#rule, limit: this.#pick(LIMITS) };
    else if (at < 0.25) this.#rule = { ...this.#rule, windowUs: this.#pick(this.#windowsUs) };
    else if (at < 0.26) {
      this.#nowUs -= 1 + this.#below(this.#pick([2000, this.#rule.windowUs * 2]));
      this.#stepsBack += 1;
    }
  }

  #cost(): number {
    const { limit } = this.#rule;
    if (this.#random() >= this.#aboveOneRatio) return 1;
    const at = this.#isCheap ? 0 : this.#random();
    if (at < 0.5) return 1 + this.#below(Math.min(5, limit));
    if (at < 0.7) return Math.min(500, limit);
    if (at < 0.9) return 1 + this.#below(limit);
    return at < 0.95 ? limit : limit + 1 + this.#below(3);
  }

  async #check(cost: number): Promise<Answer> {
    const { limit, windowUs } = this.#rule;
    this.#model.turnTo(limit, this.#nowUs);
    const { least, most } = this.#model.bounds(limit, this.#nowUs);
    const answer = await this.#ask(cost);
    const isAllowed = answer.retryUs === 0;
    this.#note(`limit ${limit} window ${windowUs} cost ${cost}: ${JSON.stringify(answer)}, model ${least}..${most}`);
    if (this.#algorithm === "sliding-window") {
      if (isAllowed && least + cost > limit) this.deviates("over-admission");
      if (!isAllowed && most + cost <= limit) this.deviates("under-admission");
      const counted = answer.count - (isAllowed ? cost : 0);
      if (counted < least || counted > most) this.deviates("count");
    }
    if (isAllowed) this.#take(cost, answer.epochUs);
    if (this.#algorithm === "sliding-window" && isExact(this.#rule) && !this.#changing) this.#checkTimes(answer);
    if (answer.retryUs < 0 || answer.resetUs < answer.moreUs) this.deviates("times");
    return answer;
  }

  #checkTimes({ count, moreUs, resetUs }: Answer): void {
    const [oldestUs = 0, newestUs = 0] = this.#model.ends(this.#nowUs) ?? [];
    const untilUs = (atUs: number) => (count > 0 ? atUs + this.#rule.windowUs + 1 - this.#nowUs : 0);
    if (moreUs !== untilUs(oldestUs) || resetUs !== untilUs(newestUs)) this.deviates("times of the oldest and newest");
  }

  /** A denied cost is allowed at the time it was told; by the exact algorithm, not a microsecond before. */
  async #probe(cost: number, retryUs: number): Promise<void> {
    const isExactly = this.#algorithm === "sliding-window";
    const atUs = this.#nowUs;
    if (isExactly && retryUs > 1) {
      this.#nowUs = atUs + retryUs - 1;
      if ((await this.#check(cost)).retryUs === 0) this.deviates("allowed before it was told");
    }
    // The arithmetic of the others may round a last microsecond up.
    this.#nowUs = atUs + retryUs + (isExactly ? 0 : 1);
    if ((await this.#check(cost)).retryUs > 0) this.deviates("denied when it was told");
  }

  async #read(): Promise<void> {
    this.#walked.steps += 1;
    const isAlone = (await this.#client.getrange(this.#key, 0, 0)) !== "W";
    const name = isAlone ? this.#key : `${this.#key}:${this.#rule.windowUs / 1000}`;
    const reply = await callAt(this.#client, this.#script, { keys: [name], args: [], atUs: this.#nowUs });
    const [, limit, windowUs, count = 0] = reply;
    if (limit !== this.#rule.limit || windowUs !== this.#rule.windowUs) return;
    this.#model.turnTo(limit, this.#nowUs);
    if (this.#algorithm !== "sliding-window") return;
    const { least, most } = this.#model.bounds(limit, this.#nowUs);
    this.#note(`read ${count}, model ${least}..${most}`);
    if (count < least || count > most) this.deviates("read");
  }

  async #reset(): Promise<void> {
    this.#nowUs += 1;
    const args = [this.#pick([0, this.#rule.windowUs])];
    await callAt(this.#client, RESET, { keys: [this.#key], args, atUs: this.#nowUs });
    for (const model of this.#models.values()) model.reset();
    this.#nowUs += 1;
    this.#note("reset");
  }

  async #ask(cost: number): Promise<Answer> {
    this.#walked.steps += 1;
    const { limit, windowUs } = this.#rule;
    const args = [limit, windowUs, cost, 1];
    const reply = await callAt(this.#client, this.#script, { keys: [this.#key], args, atUs: this.#nowUs });
    const [, retryUs = 0, count = 0, moreUs = 0, resetUs = 0, epochUs = 0] = reply;
    if (retryUs === 0) this.#walked.allowed += 1;
    else this.#walked.denied += 1;
    return { retryUs, count, moreUs, resetUs, epochUs };
  }

  #take(units: number, epochUs: number): void {
    this.#model.take(units, this.#nowUs);
    // A step back that nothing counted at the time has seen begins no epoch.
    const epoch = `${epochUs} ${this.#model.lives} ${this.#stepsBack}`;
    this.#sums.add(units, this.#nowUs, { ...this.#rule, epoch });
  }

  #note(what: string): void {
    this.#history.push(`${this.#nowUs}: ${what}`);
    if (this.#history.length > TOLD) this.#history.shift();
  }

  /** Notes what the model does not allow. */
  deviates(what: string): void {
    this.#walked.deviations.push(`${what} at ${this.#key}\n  ${this.#history.join("\n  ")}`);
  }

  #below(end: number): number {
    return Math.floor(this.#random() * Math.max(1, end));
  }

  #pick<T>(list: readonly [T, ...T[]] | readonly T[]): T {
    const picked = list[this.#below(list.length)];
    if (picked === undefined) throw new Error("Cannot pick from an empty list");
    return picked;
  }
}
