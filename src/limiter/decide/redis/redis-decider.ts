/** Decides by Redis while it answers in time, else by the failure policy. */

import { connectRedis, type RedisClient } from "../../../io/redis.ts";
import type { RedisTarget } from "../../../io/redis-address.ts";
import { AdmissionLog } from "../../admissions/admission-log.ts";
import type { AdmissionPage, AdmissionQuestion } from "../../admissions/admissions.ts";
import type {
  Alone,
  CheckRequest,
  CounterReading,
  Decider,
  Decision,
  OnAlone,
  OnProbeFailed,
  OnRedisCall,
  RedisFailurePolicy,
  RedisHealth,
} from "../decision.ts";
import { Denials } from "../denials.ts";
import { decideByPolicy, unitsOf } from "../failure-policy.ts";
import { inTime } from "../late-after.ts";
import { RedisCounters } from "./redis-counters.ts";
import type { CallAnswer, Judge } from "./redis-pipeline.ts";
import { openPipelines, type RedisPipelines } from "./redis-pipelines.ts";
import { RedisTime } from "./redis-time.ts";

/** Where a decider's Redis is, and what it does without it. */
export interface DeciderOptions {
  /** In the forms of `connectRedis`. */
  readonly redisUrl: RedisTarget;
  /** What every key in Redis begins with. @default {"ratelimit:"} */
  readonly prefix?: string;
  readonly onRedisFailure: RedisFailurePolicy;
  /** Milliseconds that Redis may take for a check. @default {100} */
  readonly timeoutMs?: number;
  readonly onRedisCall?: OnRedisCall;
  readonly onProbeFailed?: OnProbeFailed;
  readonly onAlone?: OnAlone;
}

/** Milliseconds within which Redis must answer management. */
const MANAGEMENT_MS = 1000;

/**
 * Opens a decider. It connects in the background; until it has, the failure policy answers.
 * @throws {InvalidInputError} If the address of Redis does not have the form it must have.
 */
export function openDecider(options: DeciderOptions): Decider {
  // What is late is judged where it is asked for, not by the client.
  const client = connectRedis(options.redisUrl, { commandTimeoutMs: Number.POSITIVE_INFINITY });
  return new RedisDecider(client, options);
}

class RedisDecider implements Decider, Judge {
  readonly #client: RedisClient;
  readonly #policy: RedisFailurePolicy;
  readonly #lines: RedisPipelines;
  readonly #counters: RedisCounters;
  readonly #time = new RedisTime();
  readonly #log = new AdmissionLog();
  readonly #onAlone: OnAlone | undefined;
  #toldReason: Alone["reason"] | undefined;
  readonly #denials = new Denials();
  /** Monotonic milliseconds at which the node last decided without Redis. */
  #aloneMs = Number.NEGATIVE_INFINITY;

  constructor(client: RedisClient, options: DeciderOptions) {
    const { prefix = "ratelimit:", timeoutMs = 100, onRedisCall = () => undefined, onProbeFailed } = options;
    this.#client = client;
    this.#policy = options.onRedisFailure;
    this.#counters = new RedisCounters(client, prefix);
    this.#onAlone = options.onAlone;
    const onChange = (): void => this.#tellAlone();
    this.#lines = openPipelines(
      { client, prefix, timeoutMs, onRedisCall, onChange, ...(onProbeFailed && { onProbeFailed }) },
      this,
    );
  }

  check(request: CheckRequest): Promise<Decision> {
    const denial = this.#denials.find(request);
    if (denial) return Promise.resolve(denial);
    const line = this.#lines.of(request.key);
    const { alone } = line.breaker;
    if (alone) return Promise.resolve(this.undecided(request, alone));
    if (this.#exceedsAlone(request, performance.now())) return Promise.resolve(this.#decideAlone(request));
    return line.check(request);
  }

  decided(request: CheckRequest, { reply, sentMs }: CallAnswer, index: number): Decision {
    const nowUs = reply[0] ?? 0;
    if (index === 0) this.#noteTime(nowUs);
    const at = 1 + index * 5;
    const retryAfterUs = reply[at] ?? 0;
    const decision: Decision = {
      allowed: retryAfterUs === 0,
      limit: request.limit,
      count: reply[at + 1] ?? 0,
      retryAfterUs,
      moreQuotaUs: reply[at + 2] ?? 0,
      resetUs: reply[at + 3] ?? 0,
      source: "redis",
    };
    if (!decision.allowed) {
      this.#denials.add(request, decision, sentMs);
      return decision;
    }
    // Others of the tick may have been allowed since it was asked.
    if (this.#exceedsAlone(request, sentMs)) return this.#decideAlone(request);
    this.#log.add(request, reply[at + 4] ?? 0, nowUs);
    return decision;
  }

  undecided(request: CheckRequest, _alone: Alone): Decision {
    this.#aloneMs = performance.now();
    return this.#decideAlone(request);
  }

  forget(key?: string): void {
    this.#denials.forget(key);
  }

  async reset(key: string): Promise<void> {
    const found = await inTime(this.#counters.reset(key), MANAGEMENT_MS);
    if (found) this.#log.reset(key);
    this.#denials.forget(key);
  }

  async counters(page: { prefix: string; cursor: string; limit: number }): ReturnType<Decider["counters"]> {
    const found = await this.#ifConnected(() => this.#counters.page(page));
    if (found) return found;
    const { prefix, cursor, limit } = page;
    const keys = this.#log.keys(prefix);
    const from = Number(/^local:(\d{1,9})$/.exec(cursor)?.[1] ?? 0);
    const counters = keys.slice(from, from + limit).flatMap((key) => this.#readAlone(key) ?? []);
    return { counters, cursor: from + limit < keys.length ? `local:${from + limit}` : "", unreadable: 0 };
  }

  async counter(key: string): Promise<CounterReading | undefined> {
    const found = await this.#ifConnected(async () => ({ reading: await this.#counters.read(key) }));
    return found ? found.reading : this.#readAlone(key);
  }

  admissions(question: AdmissionQuestion): AdmissionPage {
    return this.#log.page(question, this.#time.offsetUs === undefined ? undefined : this.#time.nowUs());
  }

  activeKeys(): number {
    return this.#log.size;
  }

  health(): RedisHealth {
    const degradedSeconds = this.#lines.openForMs() / 1000;
    const alone = this.#lines.alone();
    return { connected: alone === undefined, alone, degradedSeconds, offsetUs: this.#time.offsetUs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lines[Symbol.dispose]();
    this.#client.disconnect();
  }

  #tellAlone(): void {
    const alone = this.#lines.alone();
    if (alone?.reason === this.#toldReason) return;
    this.#toldReason = alone?.reason;
    this.#onAlone?.(alone);
  }

  #decideAlone(request: CheckRequest): Decision {
    return decideByPolicy(this.#policy, request, { log: this.#log, nowUs: this.#time.nowUs() });
  }

  /** Of what the node decided alone Redis does not know, so for a window longer the node sees to it itself that it does not exceed the limit. */
  #exceedsAlone({ key, cost, limit, windowMs }: CheckRequest, nowMs: number): boolean {
    if (nowMs - this.#aloneMs > windowMs || this.#policy !== "local") return false;
    if (this.#log.weightOf(key) + cost <= limit) return false;
    return unitsOf(this.#log.leaving(key, { windowUs: windowMs * 1000, nowUs: this.#time.nowUs() })) + cost > limit;
  }

  #noteTime(nowUs: number): void {
    if (this.#time.offsetUs === undefined) this.#log.shift(nowUs - this.#time.nowUs());
    this.#time.note(nowUs);
  }

  #readAlone(key: string): CounterReading | undefined {
    const last = this.#log.last(key);
    if (!last) return undefined;
    const { limit, windowMs, algorithm } = last;
    const leaving = this.#log.leaving(key, { windowUs: windowMs * 1000, nowUs: this.#time.nowUs() });
    return { key, limit, windowMs, algorithm, count: unitsOf(leaving), source: "local" };
  }

  /** What Redis says, if it is there and answers. */
  async #ifConnected<T>(read: () => Promise<T>): Promise<T | undefined> {
    if (this.#lines.alone()) return undefined;
    try {
      return await inTime(read(), MANAGEMENT_MS);
    } catch {
      return undefined;
    }
  }
}
