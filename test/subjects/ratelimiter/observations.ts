/** Hand-made observations: a healthy one, and ways to change it. */

import type { Probed } from "../../../src/core/subject/probe.ts";
import type { NodeMetrics } from "../../../src/subjects/ratelimiter/client/node-metrics.ts";
import type { RedisReading } from "../../../src/subjects/ratelimiter/client/redis-client.ts";
import type {
  AdmissionSeries,
  Admissions,
  Counter,
  Health,
  RunningConfig,
} from "../../../src/subjects/ratelimiter/client/replies.ts";
import type {
  KeyReading,
  KeysReading,
  NodeReading,
  RateLimiterObservation,
  RateLimiterReadings,
} from "../../../src/subjects/ratelimiter/observation.ts";

/** Epoch milliseconds of every observation. */
export const NOW_MS = 1_700_000_000_000;

/** Redis time of every observation. */
export const NOW_US = NOW_MS * 1000;

/** A probe that got nothing in time. */
export const SILENT = { failed: "no complete answer within 1s", outcome: "timed-out" } as const;

/** What a healthy node says of itself. */
export const HEALTH: Health = {
  nodeNumber: 1,
  version: "1.0.0",
  startedAtMs: NOW_MS - 3_600_000,
  draining: false,
  redisConnected: true,
  degradedSeconds: 0,
};

/** How all nodes run. */
export const CONFIG: RunningConfig = {
  algorithm: "sliding-window",
  limit: 100,
  windowMs: 10_000,
  onRedisFailure: "local",
  configHash: "abc",
};

/** A healthy Redis. */
export const REDIS: RedisReading = {
  version: "7.0.15",
  startedAtMs: NOW_MS - 7_200_000,
  role: "master",
  maxMemoryBytes: 0,
  evictionPolicy: "noeviction",
  usedMemoryBytes: 1_000_000,
  connectedClients: 7,
  blockedClients: 0,
  operationsPerSecond: 100,
  evictedKeys: 0,
  expiredKeys: 12,
  flushes: 0,
  cpuSeconds: 3,
  keys: 10,
  keysWithoutExpiry: 1,
  unreadable: [],
  roundTripMs: 0.5,
};

/** What is known of a node's past before there is any. */
export const NO_METRICS: NodeMetrics = {
  address: "127.0.0.1:8101",
  resultsPerSecond: {},
  checks: undefined,
  redisCalls: undefined,
  arrivalWaits: undefined,
  redisErrorsPerSecond: undefined,
  decided: undefined,
  cpuRatio: undefined,
  residentBytes: undefined,
  activeKeys: undefined,
  lagRatio: undefined,
  stalledRatio: undefined,
};

/** Nothing was asked. */
export const NO_DEMAND: Admissions["demand"] = { seconds: 2, checks: 0, keys: [] };

/** A value that was read. */
export function read<T>(value: T): Probed<T> {
  return { value };
}

/** A healthy node, with parts changed. */
export function node(id: string, change: Partial<NodeReading> = {}): NodeReading {
  return {
    component: `node/${id}`,
    id,
    address: `127.0.0.1:810${id}`,
    drained: false,
    health: read(HEALTH),
    config: read(CONFIG),
    admissions: read({ redisTimeUs: NOW_US, forgotten: false, demand: NO_DEMAND, series: [], unreadable: 0 }),
    ...change,
  };
}

/** What may be changed of a healthy observation: readings, or parts of the reading of keys. */
export type Change = {
  readonly [Name in keyof Omit<RateLimiterReadings, "keys" | "nodes">]?: Probed<RateLimiterReadings[Name]>;
} & {
  readonly nodes?: readonly NodeReading[];
  readonly keys?: readonly KeyReading[];
} & Partial<Omit<KeysReading, "keys">>;

/** A healthy observation of three nodes, with parts changed. */
export function observation(change: Change = {}): RateLimiterObservation {
  const { nodes = [node("1"), node("2"), node("3")], keys = [], logs, demand, suspects = [], ...readings } = change;
  const all = {
    nodes: read(nodes),
    register: read({
      rows: ["1", "2", "3"].map((id) => ({ id, heartbeatAgeMs: 200, clockOffsetMs: 1 })),
      unreadable: 0,
    }),
    redis: read(REDIS),
    metrics: read([]),
    lasting: read({ keys: [], complete: true, others: 0 }),
    keys: read({
      keys,
      logs: logs ?? { missing: [], forgotten: false, fromUs: NOW_US - 20_000, toUs: NOW_US },
      demand: demand ?? read({ perSecond: 0, keyCount: 0, heaviest: [] }),
      suspects,
      seen: { nodes: {} },
    }),
    ...readings,
  };
  return {
    nodes: { ...all.nodes, atMs: NOW_MS },
    register: { ...all.register, atMs: NOW_MS },
    redis: { ...all.redis, atMs: NOW_MS },
    metrics: { ...all.metrics, atMs: NOW_MS },
    lasting: { ...all.lasting, atMs: NOW_MS },
    keys: { ...all.keys, atMs: NOW_MS },
  };
}

/** What a node allowed a key: units by bucket of 100 ms, counted back from now. */
export function series(
  units: Readonly<Record<number, number>>,
  change: Partial<AdmissionSeries> = {},
): AdmissionSeries {
  const bucketUs = 100_000;
  const newest = Math.floor(NOW_US / bucketUs);
  const buckets = Object.entries(units).map(([ago, taken]) => [newest - Number(ago), taken] as const);
  return {
    key: "ann",
    algorithm: "sliding-window",
    limit: 100,
    windowMs: 10_000,
    epochUs: 0,
    bucketUs,
    buckets: buckets.toSorted(([a], [b]) => a - b),
    ...change,
  };
}

/** What a node says of a key's counter. */
export function counter(count: number, change: Partial<Counter> = {}): Counter {
  return { key: "ann", count, limit: 100, windowMs: 10_000, source: "redis", ...change };
}
