/** Readings of the limiter's probes: plain data, stored as evidence unchanged. */

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

/** The readings by probe name. */
export interface RateLimiterReadings {
  /** One per expected node, in the order of the configuration. */
  readonly nodes: readonly NodeReading[];
  /** The register of nodes, from the first node that answered with it. */
  readonly register: Register;
  /** Redis as read by the observer itself. */
  readonly redis: RedisReading;
  readonly metrics: readonly NodeMetrics[];
  /** Counters without expiry. */
  readonly lasting: LastingKeys;
  readonly keys: KeysReading;
}

/** One look at the whole limiter. */
export type RateLimiterObservation = Observation<RateLimiterReadings>;

/** Types an invariant of the limiter by what it needs. */
export const invariant = invariantsOn<RateLimiterReadings, RateLimiterConfig>();

/** Types a probe of the limiter by what it reads. */
export const probe = probesOn<RateLimiterClient, RateLimiterReadings>();

/** Readings of the examined keys. */
export interface KeysReading {
  /** Tracked keys, the heaviest, and those that already look wrong. */
  readonly keys: readonly KeyReading[];
  readonly logs: KeyLogs;
  /** Recent demand, or why it is not known. */
  readonly demand: Probed<Demand>;
  /** Components that recently did something that loses counts. */
  readonly suspects: readonly Suspect[];
  /** State with which the next reading is compared to find suspects. */
  readonly seen: Seen;
}

/** Values that show restarts, time without Redis and evictions, by the last answer of each component. */
export interface Seen {
  readonly nodes: Readonly<Record<ComponentId, Pick<Health, "startedAtMs" | "degradedSeconds">>>;
  readonly redis?: Pick<RedisReading, "address" | "startedAtMs" | "evictedKeys" | "flushes">;
}

/** Readings of one node. */
export interface NodeReading {
  readonly component: ComponentId;
  readonly id: string;
  /** `host:port`. */
  readonly address: string;
  /** Whether it is intentionally drained. */
  readonly drained: boolean;
  /** The node that answered, by its own name; absent if none did, or if the configuration uses other names. */
  readonly identity?: ComponentId;
  /** Milliseconds that its clock is ahead of the observer's, wrong by half of the call at most; absent if it told no time. */
  readonly clockAheadMs?: number;
  /** The reading that decides whether the node is reachable. */
  readonly health: Probed<Health>;
  readonly config: Probed<RunningConfig>;
  readonly admissions: Probed<Admissions>;
}

/** Readings of one key on the nodes and in Redis. */
export interface KeyReading {
  readonly key: string;
  /** Counters of the nodes that were asked. */
  readonly counters: readonly NodeCounter[];
  /** Admissions of each node, as far as its log was read. */
  readonly logs: readonly AdmissionSeries[];
  /** Remaining life of its counter in Redis; of several, the one that outlives its window most. */
  readonly life: Probed<CounterLife>;
}

/** One node's counter of a key. */
export interface NodeCounter {
  readonly component: ComponentId;
  readonly counter: Probed<Counter>;
}

/** The nodes' logs of the examined keys, read after the counters. */
export interface KeyLogs {
  /** Nodes whose log was not read, or not all of it. */
  readonly missing: readonly ComponentId[];
  /** Whether some node has dropped part of its log. */
  readonly forgotten: boolean;
  /** Redis time in microseconds before and after the counters were read; 0 if no node knows it. */
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
