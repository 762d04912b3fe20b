/** What one counter of the exact sliding window may answer: a list of what was taken, counted anew for every answer. */

/** What a check is decided by. */
export interface Rule {
  readonly limit: number;
  readonly windowUs: number;
}

/** The fewest and the most units that may count: where stamps are exact, the same. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

interface Taken {
  atUs: number;
  readonly units: number;
  /** Microseconds by which conversions may have moved it on. */
  slackUs: number;
  /** Whether it may have been dropped when it no longer counted, before the clock stepped back. */
  isDropped: boolean;
}

const BUCKETS_FROM = 100_000;

/** Microseconds of a stamp's quantum. */
export function quantumOf(windowUs: number): number {
  if (windowUs < 2 ** 31) return 1;
  return windowUs < 2 ** 31 * 1000 ? 1000 : 1_000_000;
}

/** Whether every answer by that rule is exact to the microsecond. */
export function isExact({ limit, windowUs }: Rule): boolean {
  return limit < BUCKETS_FROM && quantumOf(windowUs) === 1;
}

/** The units of one key in one window. */
export class CounterModel {
  /** How often all that was written may have expired: an epoch is not known beyond that. */
  lives = 0;
  readonly #windowUs: number;
  #taken: Taken[] = [];
  #limit: number | undefined;
  #lastUs = 0;
  /** Until when, in microseconds, what was last written lives at least. */
  #livesUntilUs = 0;

  constructor(windowUs: number) {
    this.#windowUs = windowUs;
  }

  /** Prepares for a decision: another limit or a clock stepped back moves units on, by no more than this. */
  turnTo(limit: number, nowUs: number): void {
    const before = this.#limit ?? limit;
    if (this.#grainOf(before) !== this.#grainOf(limit)) {
      const roundedUs = 2 * (this.#grainOf(before) + this.#grainOf(limit));
      for (const taken of this.#taken)
        taken.slackUs += roundedUs + this.#toleranceOf(before) + this.#toleranceOf(limit);
    }
    this.pass(nowUs);
    if (nowUs < this.#lastUs) this.#livesUntilUs = Math.min(this.#livesUntilUs, nowUs + this.#windowUs);
    for (const taken of this.#taken) {
      if (taken.atUs <= nowUs) continue;
      taken.atUs = nowUs;
      taken.slackUs += this.#grainOf(limit) === 1 ? 0 : 2 * this.#grainOf(limit);
    }
    this.#limit = limit;
    this.#lastUs = nowUs;
  }

  /** Notes that it was that time, whatever was asked: what was written may have expired. */
  pass(nowUs: number): void {
    if (nowUs > this.#livesUntilUs) for (const taken of this.#taken) taken.isDropped = true;
  }

  /** Units that count. */
  bounds(limit: number, nowUs: number): Bounds {
    const fromUs = nowUs - this.#windowUs;
    let least = 0;
    let most = 0;
    for (const { atUs, units, slackUs, isDropped } of this.#taken) {
      if (!isDropped && atUs >= fromUs) least += units;
      if (atUs + slackUs + this.#toleranceOf(limit) >= fromUs) most += units;
    }
    return { least, most };
  }

  /** The times of the oldest and of the newest unit that count, where all of it is exact. */
  ends(nowUs: number): readonly [oldestUs: number, newestUs: number] | undefined {
    const live = this.#taken.filter(({ atUs }) => atUs >= nowUs - this.#windowUs);
    const [oldest, newest] = [live[0], live.at(-1)];
    return oldest && newest && [oldest.atUs, newest.atUs];
  }

  /** Notes units that were allowed. What no longer counts is gone. */
  take(units: number, nowUs: number): void {
    if (nowUs > this.#livesUntilUs) this.lives += 1;
    for (const taken of this.#taken) taken.isDropped ||= taken.atUs < nowUs - this.#windowUs;
    this.#taken.push({ atUs: nowUs, units, slackUs: 0, isDropped: false });
    this.#livesUntilUs = nowUs + this.#windowUs;
  }

  reset(): void {
    this.#taken = [];
  }

  /** Microseconds to which times are kept. */
  #grainOf(limit: number): number {
    return limit < BUCKETS_FROM ? quantumOf(this.#windowUs) : Math.ceil(this.#windowUs / 192);
  }

  /** Microseconds by which a unit counts too long at most. */
  #toleranceOf(limit: number): number {
    const quantumUs = quantumOf(this.#windowUs);
    const roundingUs = quantumUs === 1 ? 0 : 2 * quantumUs;
    return limit < BUCKETS_FROM ? roundingUs : 193 * this.#grainOf(limit) - this.#windowUs + roundingUs;
  }
}
