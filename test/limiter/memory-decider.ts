/** A decider without Redis, for tests of what is around it: it counts and never forgets by time. */

import type { RedisTrouble } from "../../src/io/redis-trouble.ts";
import type { AdmissionPage, AdmissionQuestion } from "../../src/limiter/admissions/admissions.ts";
import type {
  CheckRequest,
  CounterReading,
  Decider,
  Decision,
  RedisHealth,
  Withheld,
} from "../../src/limiter/decide/decision.ts";

/** Counts in memory; tests say whether Redis is there. */
export class MemoryDecider implements Decider {
  connected = true;
  /** Why it is not connected. */
  reason: RedisTrouble = "silent";
  /** Source of the decisions made without Redis. */
  policy: "local" | "open" | "closed" = "local";
  /** Why it refuses what is within the limit. */
  withheld: Withheld | undefined;
  /** Keys told to {@linkcode MemoryDecider.forget}; `undefined` for all. */
  readonly forgotten: (string | undefined)[] = [];
  /** Keys told to {@linkcode MemoryDecider.obeyReset}. */
  readonly resets: string[] = [];
  readonly #counters = new Map<string, CounterReading>();

  async check({ key, cost, limit, windowMs, algorithm }: CheckRequest): Promise<Decision> {
    const taken = this.#counters.get(key)?.count ?? 0;
    const fits = taken + cost <= limit;
    const source = this.connected ? "redis" : this.policy;
    const { withheld } = this;
    const allowed = source === "open" || (source !== "closed" && fits && withheld === undefined);
    const count = allowed ? taken + cost : taken;
    this.#counters.set(key, { key, limit, windowMs, algorithm, count, source: this.#source() });
    const retryAfterUs = allowed ? 0 : 1_500_000;
    return {
      allowed,
      limit,
      count,
      retryAfterUs,
      moreQuotaUs: 2_000_000,
      resetUs: windowMs * 1000,
      source,
      ...(withheld && { withheld, remaining: 0 }),
    };
  }

  forget(key?: string): void {
    this.forgotten.push(key);
  }

  obeyReset(key: string): void {
    this.resets.push(key);
  }

  async reset(key: string): Promise<void> {
    if (!this.connected) throw new Error("Connection is closed");
    this.#counters.delete(key);
  }

  async counters({ prefix, cursor, limit }: { prefix: string; cursor: string; limit: number }) {
    const all = [...this.#counters.values()].filter(({ key }) => key.startsWith(prefix) && key > cursor);
    const page = all.toSorted((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
    return { counters: page, cursor: all.length > limit ? (page.at(-1)?.key ?? "") : "", unreadable: 0 };
  }

  async counter(key: string): Promise<CounterReading | undefined> {
    return this.#counters.get(key);
  }

  admissions({ keys, limit }: AdmissionQuestion): AdmissionPage {
    const all = [...this.#counters.values()].filter(({ key }, index) => keys.includes(key) || index < limit);
    const series = all.map(({ key, algorithm, limit, windowMs, count }) => {
      return { key, algorithm, limit, windowMs, epochUs: 0, bucketUs: 1000, buckets: [[7, count] as const] };
    });
    return { redisTimeUs: 7_000, series, truncated: all.length < this.#counters.size, forgotten: false };
  }

  activeKeys(): number {
    return this.#counters.size;
  }

  health(): RedisHealth {
    const alone = this.connected ? undefined : ({ sinceMs: 0, reason: this.reason } as const);
    return {
      connected: this.connected,
      alone,
      primariesAlone: [],
      answers: undefined,
      answersOfPrimaries: {},
      degradedSeconds: this.connected ? 0 : 1.5,
      aloneSeconds: 0,
      offsetUs: 0,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #source(): "redis" | "local" {
    return this.connected ? "redis" : "local";
  }
}
