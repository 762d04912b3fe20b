/** What the probes of the limiter read: plain data, kept as evidence as it is. */

import { invariantsOn } from "../../core/subject/invariant.ts";
import { type Observation, type Probed, probesOn } from "../../core/subject/probe.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { RateLimiterClient } from "./client/client.ts";
import type { NodeMetrics } from "./client/node-metrics.ts";
import type { RedisReading } from "./client/redis-client.ts";
import type { AdmissionSeries, Admissions, Counter, Health, Register, RunningConfig } from "./client/replies.ts";
import type { RateLimiterConfig } from "./config.ts";
import type { CounterLife } from "./keys/counter-life.ts";
import type { Demand } from "./keys/demand.ts";
import type { LastingKeys } from "./keys/lasting-keys.ts";

/** What the probes read, by their names. */
export interface RateLimiterReadings {
  /** One for each node that should be there, in the order of the configuration. */
  readonly nodes: readonly NodeReading[];
  /** What the nodes have told Redis of themselves, by the first node that could say. */
  readonly register: Register;
  /** Redis as the observer itself reaches it. */
  readonly redis: RedisReading;
  readonly metrics: readonly NodeMetrics[];
  /** Counters that live for ever. */
  readonly lasting: LastingKeys;
  readonly keys: KeysReading;
}

/** One look at the whole limiter. */
export type RateLimiterObservation = Observation<RateLimiterReadings>;

/** Types an invariant of the limiter by what it needs. */
export const invariant = invariantsOn<RateLimiterReadings, RateLimiterConfig>();

/** Types a probe of the limiter by what it reads. */
export const probe = probesOn<RateLimiterClient, RateLimiterReadings>();

/** A few keys examined closely. */
export interface KeysReading {
  /** Those tracked, the heaviest, and what already looks wrong. */
  readonly keys: readonly KeyReading[];
  readonly logs: KeyLogs;
  /** What was asked lately, or why that is not known. */
  readonly demand: Probed<Demand>;
  /** Who lately did what lets counts be lost. */
  readonly suspects: readonly Suspect[];
  /** What the next reading is compared with to find suspects. */
  readonly seen: Seen;
}

/** What tells a restart, time alone and evictions from each other, by the last answer of each. */
export interface Seen {
  readonly nodes: Readonly<Record<ComponentId, Pick<Health, "startedAtMs" | "degradedSeconds">>>;
  readonly redis?: Pick<RedisReading, "address" | "startedAtMs" | "evictedKeys" | "flushes">;
}

/** What one node said. */
export interface NodeReading {
  readonly component: ComponentId;
  readonly id: string;
  /** `host:port`. */
  readonly address: string;
  /** Whether it is meant to take no checks for now. */
  readonly drained: boolean;
  /** Who answered, as it names itself; absent where nobody did, or where the watcher uses other names. */
  readonly identity?: ComponentId;
  /** The probe by which the node is reachable or not. */
  readonly health: Probed<Health>;
  readonly config: Probed<RunningConfig>;
  readonly admissions: Probed<Admissions>;
}

/** What the nodes and Redis said of one key. */
export interface KeyReading {
  readonly key: string;
  /** Of the nodes that were asked. */
  readonly counters: readonly NodeCounter[];
  /** What each node allowed it, as far as its log was read. */
  readonly logs: readonly AdmissionSeries[];
  /** How long its counter in Redis still lives; of several, the one that outlives its window the most. */
  readonly life: Probed<CounterLife>;
}

/** What one node said of a key. */
export interface NodeCounter {
  readonly component: ComponentId;
  readonly counter: Probed<Counter>;
}

/** The nodes' logs of the examined keys, read after the counters. */
export interface KeyLogs {
  /** Nodes whose log was not read, or not all of it. */
  readonly missing: readonly ComponentId[];
  /** Whether some node has forgotten part of its log. */
  readonly forgotten: boolean;
  /** Redis time in microseconds between which the counters were read; 0 where no node knows it. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** A component that may be why a limit was exceeded. */
export interface Suspect {
  readonly component: ComponentId;
  /** Epoch milliseconds at which it was last seen. */
  readonly lastMs: number;
  readonly why: "counted alone" | "did not answer" | "restarted" | "was replaced" | "evicted keys" | "was flushed";
}
