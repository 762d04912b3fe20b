/** How often each key was asked for within the last seconds, bounded in memory: the hot path spends two look-ups on it. */

/** What was asked lately, whatever was answered. */
export interface DemandPage {
  /** How far it goes back. */
  readonly seconds: number;
  readonly checks: number;
  /** Keys with their checks, those asked for most first. */
  readonly keys: readonly (readonly [key: string, checks: number])[];
}

interface Period {
  readonly beganMs: number;
  checks: number;
  readonly keys: Map<string, number>;
}

/** It goes back one period at the least, and two at the most. */
const PERIOD_MS = 2000;
/** Keys of one period: of so many, none that comes later can be a large part. */
const MAX_KEYS = 1000;

/** Demand on one node. Times are monotonic milliseconds. */
export class RecentDemand {
  #last: Period;
  #current: Period;

  constructor(nowMs: number) {
    this.#last = newPeriod(nowMs - PERIOD_MS);
    this.#current = newPeriod(nowMs);
  }

  /** Counts one check of a key. */
  note(key: string, nowMs: number): void {
    this.#turnTo(nowMs);
    const { keys } = this.#current;
    const before = keys.get(key) ?? 0;
    if (before > 0 || keys.size < MAX_KEYS) keys.set(key, before + 1);
    this.#current.checks += 1;
  }

  /** All checks, and of how many keys each one's. */
  page(limit: number, nowMs: number): DemandPage {
    this.#turnTo(nowMs);
    const sums = new Map(this.#last.keys);
    for (const [key, checks] of this.#current.keys) sums.set(key, (sums.get(key) ?? 0) + checks);
    return {
      seconds: (nowMs - this.#last.beganMs) / 1000,
      checks: this.#last.checks + this.#current.checks,
      keys: [...sums].toSorted(([, a], [, b]) => b - a).slice(0, limit),
    };
  }

  #turnTo(nowMs: number): void {
    const agoMs = nowMs - this.#current.beganMs;
    if (agoMs < PERIOD_MS) return;
    const over = agoMs < 2 * PERIOD_MS;
    this.#last = over ? this.#current : newPeriod(nowMs - PERIOD_MS);
    this.#current = newPeriod(over ? this.#current.beganMs + PERIOD_MS : nowMs);
  }
}

function newPeriod(beganMs: number): Period {
  return { beganMs, checks: 0, keys: new Map() };
}
