/** Checks per key within the last seconds, bounded in memory; costs the hot path two lookups. */

/** Recent checks, whatever their answer. */
export interface DemandPage {
  /** Length of the period that it covers. */
  readonly seconds: number;
  readonly checks: number;
  /** Keys with their number of checks, largest first. */
  readonly keys: readonly (readonly [key: string, checks: number])[];
}

interface Period {
  readonly beganMs: number;
  checks: number;
  readonly keys: Map<string, number>;
}

/** Demand covers at least one period and at most two. */
const PERIOD_MS = 2000;
/** Maximum of keys per period: among so many, a later key cannot have a large share. */
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

  /** The number of all checks, and the checks of the heaviest keys. */
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
