/** Redis as far as shares are concerned: an exact counter for each key, and the register of nodes. */

import type { TimedUnits } from "../../../src/limiter/decide/alone/unit-run.ts";
import type { CheckRequest, Decision } from "../../../src/limiter/decide/decision.ts";

interface Taken {
  readonly atUs: number;
  readonly units: number;
}

/** Heartbeats that may be missed before a node is no longer registered. */
const MISSED_HEARTBEATS = 5;

/** Counters and register, by a clock that is handed in. */
export class ModelRedis {
  readonly #counters = new Map<string, Taken[]>();
  readonly #beats = new Map<number, number>();

  /** Decides as the exact sliding window does. */
  check({ key, cost, limit, windowMs }: CheckRequest, nowUs: number): Decision {
    const windowUs = windowMs * 1000;
    const taken = this.#live(key, windowUs, nowUs);
    const count = unitsOf(taken);
    const oldestUs = (taken[0]?.atUs ?? nowUs) + windowUs + 1 - nowUs;
    const newestUs = (taken.at(-1)?.atUs ?? nowUs) + windowUs + 1 - nowUs;
    if (count + cost > limit) {
      const resetUs = count > 0 ? newestUs : 0;
      const moreQuotaUs = count > 0 ? oldestUs : 0;
      const retryAfterUs = cost > limit ? windowUs : oldestUs;
      return { allowed: false, limit, count, retryAfterUs, moreQuotaUs, resetUs, source: "redis" };
    }
    this.#counters.set(key, [...taken, { atUs: nowUs, units: cost }]);
    const resetUs = windowUs + 1;
    return {
      allowed: true,
      limit,
      count: count + cost,
      retryAfterUs: 0,
      moreQuotaUs: oldestUs,
      resetUs,
      source: "redis",
    };
  }

  /** Takes over a report: at its own times, never later than now, the newest units up to the limit. */
  report({ key, limit, windowMs }: CheckRequest, units: readonly TimedUnits[], nowUs: number): void {
    const reported = units.map(([atUs, count]) => ({ atUs: Math.min(atUs, nowUs), units: count }));
    const all = [...(this.#counters.get(key) ?? []), ...reported];
    let left = limit;
    const newestFirst = all
      .toSorted((one, other) => other.atUs - one.atUs)
      .filter(({ atUs }) => atUs >= nowUs - windowMs * 1000)
      .map(({ atUs, units: count }) => {
        const kept = Math.min(count, left);
        left -= kept;
        return { atUs, units: kept };
      });
    this.#counters.set(key, newestFirst.filter((one) => one.units > 0).toReversed());
  }

  /** Registers a node; answers who is registered. */
  beat(id: number, heartbeatUs: number, nowUs: number): readonly number[] {
    this.#beats.set(id, nowUs);
    return [...this.#beats].filter(([, atUs]) => atUs >= nowUs - MISSED_HEARTBEATS * heartbeatUs).map(([node]) => node);
  }

  /** Loses all data. */
  flush(): void {
    this.#counters.clear();
    this.#beats.clear();
  }

  #live(key: string, windowUs: number, nowUs: number): Taken[] {
    return (this.#counters.get(key) ?? []).filter(({ atUs }) => atUs >= nowUs - windowUs);
  }
}

function unitsOf(taken: readonly Taken[]): number {
  return taken.reduce((sum, { units }) => sum + units, 0);
}
