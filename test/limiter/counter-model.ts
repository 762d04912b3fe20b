/** What a counter of the exact sliding window may answer: a list of what was taken, counted anew for every answer. */

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
  /** Whether a rule under which it no longer counted may have dropped it. */
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

/** The units of one key. */
export class CounterModel {
  #taken: Taken[] = [];
  #last: Rule | undefined;
  #lastUs = 0;
  /** Until when, in microseconds, what was last written lives at least. */
  #livesUntilUs = 0;
  /** How often all that was written may have expired: an epoch is not known beyond that. */
  lives = 0;

  /** Prepares for a decision: a change of rule or a clock stepped back moves units on, by no more than this. */
  turnTo(rule: Rule, nowUs: number): void {
    const last = this.#last ?? rule;
    if (last.windowUs !== rule.windowUs) this.#drop(rule, nowUs);
    if (last.windowUs !== rule.windowUs || grainOf(last) !== grainOf(rule)) this.#move(last, rule);
    if (nowUs > this.#livesUntilUs) this.#drop({ ...rule, windowUs: 0 }, nowUs);
    if (last.windowUs !== rule.windowUs || nowUs < this.#lastUs) {
      this.#livesUntilUs = Math.min(this.#livesUntilUs, nowUs + rule.windowUs);
    }
    for (const taken of this.#taken) {
      if (taken.atUs <= nowUs) continue;
      taken.atUs = nowUs;
      taken.slackUs += grainOf(rule) === 1 ? 0 : 2 * grainOf(rule);
    }
    this.#last = rule;
    this.#lastUs = nowUs;
  }

  /** Units that count. */
  bounds(rule: Rule, nowUs: number): Bounds {
    const fromUs = nowUs - rule.windowUs;
    let least = 0;
    let most = 0;
    for (const { atUs, units, slackUs, isDropped } of this.#taken) {
      if (!isDropped && atUs >= fromUs) least += units;
      if (atUs + slackUs + toleranceOf(rule) >= fromUs) most += units;
    }
    return { least, most };
  }

  /** The times of the oldest and of the newest unit that count, where all of it is exact. */
  ends({ windowUs }: Rule, nowUs: number): readonly [oldestUs: number, newestUs: number] | undefined {
    const live = this.#taken.filter(({ atUs }) => atUs >= nowUs - windowUs);
    const [oldest, newest] = [live[0], live.at(-1)];
    return oldest && newest && [oldest.atUs, newest.atUs];
  }

  /** Notes units that were allowed. What no longer counts under their rule is gone. */
  take(units: number, rule: Rule, nowUs: number): void {
    if (nowUs > this.#livesUntilUs) this.lives += 1;
    this.#drop(rule, nowUs);
    this.#taken.push({ atUs: nowUs, units, slackUs: 0, isDropped: false });
    this.#livesUntilUs = nowUs + rule.windowUs;
  }

  reset(): void {
    this.#taken = [];
  }

  /** Conversions round up, by no more than this. */
  #move(last: Rule, rule: Rule): void {
    if (grainOf(last) === 1 && grainOf(rule) === 1) return;
    const regroupedUs = quantumOf(last.windowUs) === quantumOf(rule.windowUs) ? 0 : rule.windowUs / 100;
    const roundedUs = 2 * grainOf(last) + 2 * grainOf(rule) + toleranceOf(last) + toleranceOf(rule);
    for (const taken of this.#taken) taken.slackUs += roundedUs + regroupedUs;
  }

  #drop({ windowUs }: Rule, nowUs: number): void {
    for (const taken of this.#taken) taken.isDropped ||= taken.atUs < nowUs - windowUs;
  }
}

/** Microseconds to which times are kept. */
function grainOf({ limit, windowUs }: Rule): number {
  return limit < BUCKETS_FROM ? quantumOf(windowUs) : Math.ceil(windowUs / 192);
}

/** Microseconds by which a unit counts too long at most. */
function toleranceOf(rule: Rule): number {
  const quantum = quantumOf(rule.windowUs);
  const rounding = quantum === 1 ? 0 : 2 * quantum;
  return rule.limit < BUCKETS_FROM ? rounding : 193 * grainOf(rule) - rule.windowUs + rounding;
}
