/** A check and its decision: the interface between the HTTP service and the deciding code. */

import type { Algorithm } from "../../../lua/algorithms.ts";
import type { LateAnswers } from "../../core/system/picture.ts";
import type { RedisTrouble } from "../../io/redis-trouble.ts";
import type { AdmissionPage, AdmissionQuestion } from "../admissions/admissions.ts";

/** What a node does with checks while Redis does not answer in time. */
export const REDIS_FAILURE_POLICIES = ["local", "open", "closed"] as const;

/** `local` decides from the node's own counts, `open` allows, `closed` denies. */
export type RedisFailurePolicy = (typeof REDIS_FAILURE_POLICIES)[number];

/** Why a node that decides alone refuses a check that the limit would allow. */
export const WITHHELD = ["share", "no-register", "just-started"] as const;

/**
 * `share`: it is more than the node's share of the limit. `no-register`: the node has not been in the register long
 * enough to know how many nodes there are. `just-started`: the node cannot know what it admitted before its start.
 */
export type Withheld = (typeof WITHHELD)[number];

/** One check, with every default already filled in. */
export interface CheckRequest {
  readonly key: string;
  /** Units to take, at least 1. */
  readonly cost: number;
  /** Units per window. */
  readonly limit: number;
  /** Milliseconds. */
  readonly windowMs: number;
  readonly algorithm: Algorithm;
}

/** The counter of a key that decides a check. */
export type CounterRule = Pick<CheckRequest, "windowMs" | "algorithm">;

/** The answer to one check. */
export interface Decision {
  readonly allowed: boolean;
  readonly limit: number;
  /** Units taken in the current window, this check included if it was allowed. */
  readonly count: number;
  /** Microseconds until this cost could be allowed; 0 if it was. */
  readonly retryAfterUs: number;
  /** Microseconds until more quota is available; 0 if none is used. */
  readonly moreQuotaUs: number;
  /** Microseconds until the whole quota is available again. */
  readonly resetUs: number;
  /** `redis`, `cache` (a denial that still stands), or the failure policy that answered in its place. */
  readonly source: "redis" | "cache" | RedisFailurePolicy;
  /** Units that this node may still admit, where that is not what the limit leaves of the count. */
  readonly remaining?: number;
  /** Why the node decided alone and refused a check that the limit would allow. */
  readonly withheld?: Withheld;
}

/** One counter as read back for management. */
export interface CounterReading {
  readonly key: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly algorithm: Algorithm;
  readonly count: number;
  readonly source: "redis" | "local";
}

/** State of a node that decides without Redis, or on a Cluster without one primary. */
export interface Alone {
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
  readonly reason: RedisTrouble;
}

/** Whether Redis decides the checks of this node, and for how long it did not. */
export interface RedisHealth {
  /** Whether every primary works, as far as it was asked. */
  readonly connected: boolean;
  /** Since when and why one does not work; `undefined` while all do. */
  readonly alone: Alone | undefined;
  /** Primaries of a Cluster without which checks are decided, as `host:port`. */
  readonly primariesAlone: readonly string[];
  /** What comes back from Redis although it does not decide: late answers, or nothing; `undefined` while it decides or that is unknown. */
  readonly answers: LateAnswers | undefined;
  /** The same of each primary of a Cluster, as far as it is known. */
  readonly answersOfPrimaries: Readonly<Record<string, LateAnswers>>;
  /** Seconds spent without Redis since the node started; of a Cluster the sum over its primaries. */
  readonly degradedSeconds: number;
  /** Seconds in which at least one primary did not decide. */
  readonly aloneSeconds: number;
  /** Microseconds to add to the node's monotonic clock to get Redis time; `undefined` before the first answer. */
  readonly offsetUs: number | undefined;
}

/** Called after every Redis call for a decision, with its duration and its failure, if any. */
export type OnRedisCall = (durationMs: number, failed: string | undefined) => void;

/** Called with the failure of a probe of Redis. */
export type OnProbeFailed = (why: string) => void;

/**
 * Called when the node starts to decide without Redis, when the reason or (on a Cluster) the set of primaries changes,
 * and when Redis decides again.
 */
export type OnAlone = (alone: Alone | undefined, primaries: readonly string[]) => void;

/** Decides checks on one node: by Redis while it answers in time, else by the failure policy. Never rejects, never hangs. */
export interface Decider extends AsyncDisposable {
  check(request: CheckRequest): Promise<Decision>;
  /** Drops every cached denial of the key, or of all keys: a limit, block or reset has changed. */
  forget(key?: string): void;
  /** Notes that a node has reset the key: what this node admitted before does not count any more. */
  obeyReset(key: string): void;
  /**
   * Resets the counters of the key everywhere, and starts a new reset epoch. Where Redis has no counter of the key, the
   * reset is noted for the rule that decides the key next.
   * @throws {Error} If Redis does not answer; it may have been reset all the same.
   */
  reset(key: string, rule?: CounterRule): Promise<void>;
  /** Pages through the counters, about as many at once as asked; `cursor` is `""` at the start and at the end. */
  counters(page: {
    prefix: string;
    cursor: string;
    limit: number;
  }): Promise<{ counters: CounterReading[]; cursor: string; unreadable: number }>;
  /** The counter of the rule if it is not empty, or else another one of the key. */
  counter(key: string, rule?: CounterRule): Promise<CounterReading | undefined>;
  admissions(question: AdmissionQuestion): AdmissionPage;
  /** Keys that the admission log holds at the moment. */
  activeKeys(): number;
  health(): RedisHealth;
}
