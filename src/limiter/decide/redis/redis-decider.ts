/** Decides by Redis while it answers in time, else by the failure policy. */

import { Cluster, type Redis } from "ioredis";
import { connectRedis, type RedisClient } from "../../../io/redis.ts";
import type { RedisTarget } from "../../../io/redis-address.ts";
import { AdmissionLog } from "../../admissions/admission-log.ts";
import type { AdmissionPage, AdmissionQuestion } from "../../admissions/admissions.ts";
import { AloneDecider } from "../alone/alone-decider.ts";
import { Reports } from "../alone/reports.ts";
import { type Shares, WHOLE } from "../alone/standing.ts";
import type {
  Alone,
  CheckRequest,
  CounterReading,
  CounterRule,
  Decider,
  Decision,
  OnAlone,
  OnProbeFailed,
  OnRedisCall,
  RedisFailurePolicy,
  RedisHealth,
} from "../decision.ts";
import { Denials } from "../denials.ts";
import { inTime } from "../late-after.ts";
import { openPipelines } from "./open-pipelines.ts";
import { RedisCounters } from "./redis-counters.ts";
import type { CallAnswer, DecidedAlone, Judge } from "./redis-pipeline.ts";
import type { RedisPipelines } from "./redis-pipelines.ts";
import { monotonicUs, RedisTime } from "./redis-time.ts";

/** Where a decider's Redis is, and what it does without it. */
export interface DeciderOptions {
  /** In the forms of `connectRedis`. */
  readonly redisUrl: RedisTarget;
  /** Prefix of every key in Redis. @default {"ratelimit:"} */
  readonly prefix?: string;
  readonly onRedisFailure: RedisFailurePolicy;
  /** This node's share of a limit. @default {@linkcode WHOLE} */
  readonly shares?: Shares;
  /** Milliseconds that Redis may take for a check. @default {100} */
  readonly timeoutMs?: number;
  readonly onRedisCall?: OnRedisCall;
  readonly onProbeFailed?: OnProbeFailed;
  readonly onAlone?: OnAlone;
}

/** Of several primaries, the one with the register of nodes gives Redis time. */
const REGISTER_TAG = "registry";
/** Milliseconds within which Redis must answer management. */
const MANAGEMENT_MS = 1000;

/**
 * Opens a decider. It connects in the background; until then, the failure policy answers.
 * @throws {InvalidInputError} If the address of Redis is malformed.
 */
export function openDecider(options: DeciderOptions): Decider {
  // Time-outs are handled by the caller, not by the client.
  const client = connectRedis(options.redisUrl, { commandTimeoutMs: Number.POSITIVE_INFINITY });
  return new RedisDecider(client, options);
}

class RedisDecider implements Decider, Judge {
  readonly #client: RedisClient;
  readonly #lines: RedisPipelines;
  readonly #counters: RedisCounters;
  readonly #time = new RedisTime();
  readonly #log = new AdmissionLog({ nowUsOf: (key) => this.#nowUsOf(key) });
  readonly #onAlone: OnAlone | undefined;
  #toldAlone: string | undefined;
  readonly #denials = new Denials();
  readonly #alone: AloneDecider;
  readonly #reports: Reports;

  constructor(client: RedisClient, options: DeciderOptions) {
    const { prefix = "ratelimit:", timeoutMs = 100, onRedisCall = () => undefined, onProbeFailed } = options;
    this.#client = client;
    this.#alone = new AloneDecider({
      policy: options.onRedisFailure,
      shares: options.shares ?? WHOLE,
      log: this.#log,
      denials: this.#denials,
      nowMs: () => performance.now(),
      nowUsOf: (key) => this.#nowUsOf(key),
      isUnmet: (key) => !this.#time.isKnown(this.#lines.of(key)),
    });
    this.#counters = new RedisCounters(client, prefix);
    onConnected(client, () => this.#denials.doubt());
    this.#onAlone = options.onAlone;
    const onChange = (): void => this.#tellAlone();
    this.#lines = openPipelines(
      { client, prefix, timeoutMs, onRedisCall, onChange, ...(onProbeFailed && { onProbeFailed }) },
      this,
    );
    const isConnected = (key: string): boolean => this.#lines.of(key).breaker.isClosed;
    const offsetUsOf = (key: string): number => this.#nowUsOf(key) - monotonicUs();
    this.#reports = new Reports({ client, prefix, alone: this.#alone.units, isConnected, offsetUsOf });
  }

  check(request: CheckRequest): Promise<Decision> {
    const denial = this.#denials.find(request);
    if (denial) return Promise.resolve(denial);
    const line = this.#lines.of(request.key);
    const { alone } = line.breaker;
    if (alone) return Promise.resolve(this.undecided(request, alone));
    if (this.#alone.units.hasUnreported) this.#reports.send();
    return line.check(request);
  }

  decided(request: CheckRequest, answer: CallAnswer, index: number): Decision {
    const { reply, sentMs, receivedMs, primary } = answer;
    const nowUs = reply[0] ?? 0;
    if (index === 0) this.#noteTime(nowUs, answer);
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
    const epochUs = Math.max(reply[at + 4] ?? 0, this.#time.stepEpochUs(primary, nowUs, request.windowMs * 1000));
    this.#log.add(request, epochUs, nowUs).noteTold(request, decision.count, receivedMs * 1000 + decision.resetUs);
    return decision;
  }

  undecided(request: CheckRequest, _alone: Alone): Decision {
    const decision = this.#alone.decide(request);
    if (this.#alone.units.hasUnreported) this.#reports.schedule();
    return decision;
  }

  probed(answer: CallAnswer): void {
    this.#noteTime(answer.reply[0] ?? 0, answer);
  }

  answeredLate({ request, decision }: DecidedAlone, reply: Float64Array, index: number): void {
    const isCounted = reply[1 + index * 5] === 0;
    if (isCounted && decision.allowed) this.#alone.units.settle(request);
  }

  forget(key?: string): void {
    this.#denials.forget(key);
  }

  obeyReset(key: string): void {
    this.#log.reset(key);
    this.#alone.units.reset(key);
    this.#denials.forget(key);
  }

  async reset(key: string, rule?: CounterRule): Promise<void> {
    await inTime(this.#counters.reset(key, rule ?? this.#log.last(key)), MANAGEMENT_MS);
    this.obeyReset(key);
  }

  async counters(page: { prefix: string; cursor: string; limit: number }): ReturnType<Decider["counters"]> {
    const found = await this.#ifConnected(this.#lines.alone() === undefined, () => this.#counters.page(page));
    if (found) return found;
    const { prefix, cursor, limit } = page;
    const keys = this.#log.keys(prefix);
    const from = Number(/^local:(\d{1,9})$/.exec(cursor)?.[1] ?? 0);
    const counters = keys.slice(from, from + limit).flatMap((key) => this.#readAlone(key) ?? []);
    return { counters, cursor: from + limit < keys.length ? `local:${from + limit}` : "", unreadable: 0 };
  }

  async counter(key: string, rule?: CounterRule): Promise<CounterReading | undefined> {
    const { isClosed } = this.#lines.of(key).breaker;
    const found = await this.#ifConnected(isClosed, async () => ({ reading: await this.#counters.read(key, rule) }));
    return found ? found.reading : this.#readAlone(key);
  }

  admissions(question: AdmissionQuestion): AdmissionPage {
    const isKnown = this.#time.offsetUs() !== undefined;
    return this.#log.page(question, isKnown ? this.#nowUsOf(REGISTER_TAG) : undefined);
  }

  activeKeys(): number {
    return this.#log.size;
  }

  health(): RedisHealth {
    const alone = this.#lines.alone();
    return {
      connected: alone === undefined,
      alone,
      primariesAlone: this.#lines.primariesAlone(),
      answers: this.#lines.answers(),
      answersOfPrimaries: this.#lines.answersOfPrimaries(),
      degradedSeconds: this.#lines.openForMs() / 1000,
      aloneSeconds: this.#lines.aloneForMs() / 1000,
      offsetUs: this.#time.offsetUs(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reports[Symbol.dispose]();
    this.#lines[Symbol.dispose]();
    this.#client.disconnect();
  }

  #tellAlone(): void {
    const alone = this.#lines.alone();
    const primaries = this.#lines.primariesAlone();
    const told = alone && [alone.reason, ...primaries].join(" ");
    if (told === this.#toldAlone) return;
    this.#toldAlone = told;
    this.#onAlone?.(alone, primaries);
  }

  #nowUsOf(key: string): number {
    return this.#time.nowUs(this.#lines.of(key));
  }

  /** With the first answer, admissions dated by the wall clock are shifted to Redis time. */
  #noteTime(nowUs: number, answer: CallAnswer): void {
    const { primary } = answer;
    if (!primary) return;
    const isFirst = this.#time.offsetUs() === undefined;
    const wallUs = this.#time.nowUs();
    this.#time.note(primary, nowUs, answer);
    if (!isFirst) return;
    this.#log.shift(this.#time.nowUs() - wallUs);
  }

  #readAlone(key: string): CounterReading | undefined {
    const last = this.#log.last(key);
    if (!last) return undefined;
    const { limit, windowMs, algorithm } = last;
    return { key, limit, windowMs, algorithm, count: this.#alone.count(last), source: "local" };
  }

  /** The answer of Redis, if it answers. */
  async #ifConnected<T>(isConnected: boolean, read: () => Promise<T>): Promise<T | undefined> {
    if (!isConnected) return undefined;
    try {
      return await inTime(read(), MANAGEMENT_MS);
    } catch {
      return undefined;
    }
  }
}

/** Calls back whenever a connection to a primary is ready: it may be another Redis, or have lost its counters. */
function onConnected(client: RedisClient, call: () => void): void {
  client.on("ready", call);
  if (client instanceof Cluster) client.on("+node", (node: Redis) => node.on("ready", call));
}
