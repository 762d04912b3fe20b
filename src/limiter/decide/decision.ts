/** What a check asks and what it is answered: the joint between the HTTP service and the code that decides. */

import type { Algorithm } from "../../../lua/algorithms.ts";
import type { RedisTrouble } from "../../io/redis-trouble.ts";
import type { AdmissionPage, AdmissionQuestion } from "../admissions/admissions.ts";

/** What happens to checks while Redis does not answer in time. */
export const REDIS_FAILURE_POLICIES = ["local", "open", "closed"] as const;

/** `local` decides from the node's own counts, `open` allows, `closed` denies. */
export type RedisFailurePolicy = (typeof REDIS_FAILURE_POLICIES)[number];

/** Why a node that decides alone refuses what the limit would allow. */
export const WITHHELD = ["share", "no-register", "just-started"] as const;

/**
 * `share`: it is more than the node's share of the limit. `no-register`: the node has not stood in the register long
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

/** Which of a key's counters decides a check. */
export type CounterRule = Pick<CheckRequest, "windowMs" | "algorithm">;

/** The answer to one check. */
export interface Decision {
  readonly allowed: boolean;
  readonly limit: number;
  /** Units taken in the current window, this check included if it was allowed. */
  readonly count: number;
  /** Microseconds until this cost could be allowed; 0 if it was. */
  readonly retryAfterUs: number;
  /** Microseconds until more quota is there; 0 if nothing is taken. */
  readonly moreQuotaUs: number;
  /** Microseconds until the whole quota is there again. */
  readonly resetUs: number;
  /** `redis`, `cache` (a denial that still stands), or the failure policy that answered in its place. */
  readonly source: "redis" | "cache" | RedisFailurePolicy;
  /** Units that this node may still admit, where that is not what the limit leaves of the count. */
  readonly remaining?: number;
  /** Why the node, which decides alone, refuses what the limit would allow. */
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

/** That a node, or on a Cluster its checks of one primary, decides without Redis. */
export interface Alone {
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
  readonly reason: RedisTrouble;
}

/** Whether Redis decides the checks of this node, and for how long it has not. */
export interface RedisHealth {
  /** Whether every primary does its work, as far as it was asked. */
  readonly connected: boolean;
  /** Since when and why one does not; `undefined` while all do. */
  readonly alone: Alone | undefined;
  /** Primaries of a Cluster whose checks are decided without them, as `host:port`. */
  readonly primariesAlone: readonly string[];
  /** Seconds spent without Redis since the node started; of a Cluster the sum over its primaries. */
  readonly degradedSeconds: number;
  /** Seconds in which at least one primary did not decide. */
  readonly aloneSeconds: number;
  /** Microseconds to add to the node's monotonic clock to get Redis time; `undefined` before the first answer. */
  readonly offsetUs: number | undefined;
}

/** Is told of every call to Redis that a decision rests on: how long it took, and why it failed, where it did. */
export type OnRedisCall = (durationMs: number, failed: string | undefined) => void;

/** Is told why Redis failed when it was only probed. */
export type OnProbeFailed = (why: string) => void;

/**
 * Is told that the node decides without Redis, for another reason than before or, on a Cluster, without other primaries,
 * or by Redis again.
 */
export type OnAlone = (alone: Alone | undefined, primaries: readonly string[]) => void;

/** Decides checks on one node: by Redis while it answers in time, else by the failure policy. Never rejects, never hangs. */
export interface Decider extends AsyncDisposable {
  check(request: CheckRequest): Promise<Decision>;
  /** Drops every cached denial of the key, or of all keys: a limit, block or reset has changed. */
  forget(key?: string): void;
  /** A node has reset the key: what this node admitted before does not count any more. */
  obeyReset(key: string): void;
  /**
   * Forgets what is counted for the key everywhere, and starts a new reset epoch. Where Redis has forgotten the key, too,
   * it is noted for the rule by which the key is decided next.
   * @throws {Error} If Redis does not answer; it may have been reset all the same.
   */
  reset(key: string, rule?: CounterRule): Promise<void>;
  /** Pages through the counters, about as many at once as asked; `cursor` is `""` at the start and at the end. */
  counters(page: {
    prefix: string;
    cursor: string;
    limit: number;
  }): Promise<{ counters: CounterReading[]; cursor: string; unreadable: number }>;
  /** The counter of the rule if that one counts anything, or else another one of the key. */
  counter(key: string, rule?: CounterRule): Promise<CounterReading | undefined>;
  admissions(question: AdmissionQuestion): AdmissionPage;
  /** Keys that the admission log holds at the moment. */
  activeKeys(): number;
  health(): RedisHealth;
}
