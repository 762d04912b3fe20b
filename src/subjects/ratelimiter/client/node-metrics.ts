/** Recent rates and quantiles of the nodes' metrics, from a history that is handed in. */

import type { Point, SeriesSource, SeriesWindow } from "../../../core/system/series.ts";
import { bucketIncreases, quantileFromBuckets, ratePerSecond } from "../../../core/system/series-math.ts";

/** Figures of one node over the last seconds; each is undefined without history. */
export interface NodeMetrics {
  readonly address: string;
  /** Checks answered per second, by result. */
  readonly resultsPerSecond: Readonly<Record<string, number>>;
  readonly checks: Slowest | undefined;
  readonly redisCalls: Slowest | undefined;
  /** Wait of requests from their arrival until the node reads them; each millisecond of time counts as one observation. */
  readonly arrivalWaits: Slowest | undefined;
  readonly redisErrorsPerSecond: number | undefined;
  /** The newest decisions, with and without Redis. */
  readonly decided: Decided | undefined;
  /** Of one core. */
  readonly cpuRatio: number | undefined;
  readonly residentBytes: number | undefined;
  readonly activeKeys: number | undefined;
  /** Delay of timers as a share of time. */
  readonly lagRatio: number | undefined;
  /** Share of time in which the node did not run, in long stalls; at most 1. */
  readonly stalledRatio: number | undefined;
}

/** Quantiles of a histogram. */
export interface Slowest {
  /** Both are absent without observations. */
  readonly p50Seconds?: number;
  readonly p99Seconds?: number;
  /** Number of observations. */
  readonly count: number;
}

/** Decisions in the time between the newest two readings, or in a second where these are more frequent. */
export interface Decided {
  readonly count: number;
  /** Share of them that the node made without Redis; absent where there were none. */
  readonly aloneRatio?: number;
}

const CHECKS = "ratelimiter_check_duration_seconds_bucket";
const REDIS_CALLS = "ratelimiter_redis_duration_seconds_bucket";
const ARRIVAL_WAITS = "ratelimiter_arrival_wait_seconds_bucket";
const STALLED = "ratelimiter_stalled_seconds_total";
const REQUESTS = "ratelimiter_requests_total";
const DECISIONS = "ratelimiter_decisions_total";
const REDIS_ERRORS = "ratelimiter_redis_errors_total";
const ACTIVE_KEYS = "ratelimiter_active_keys";
const LAG = "ratelimiter_event_loop_lag_seconds_total";
const CPU = "process_cpu_seconds_total";
const MEMORY = "process_resident_memory_bytes";

/** The metrics that a recorder must keep. */
export const METRICS: readonly string[] = [
  CHECKS,
  REDIS_CALLS,
  ARRIVAL_WAITS,
  REQUESTS,
  DECISIONS,
  REDIS_ERRORS,
  ACTIVE_KEYS,
  LAG,
  STALLED,
  CPU,
  MEMORY,
];

/** Milliseconds of history queried; long enough for two scrapes of a slow Prometheus. */
const ASKED_MS = 45_000;

/** Milliseconds evaluated, or slightly more; two scrapes if they are rarer. */
const LOOKED_AT_MS = 8000;

/** Milliseconds over which decisions are counted: short, so that an outage that is over disappears at once. */
const DECIDED_MS = 900;
/** Maximum milliseconds between two scrapes; a longer gap says too little about the present. */
const LONGEST_DECIDED_MS = 10_000;
/** Sources of decisions made by Redis, now or when it last denied the key. */
const BY_REDIS: ReadonlySet<string> = new Set(["redis", "cache"]);

/**
 * Reads the figures of all nodes, one query per metric.
 * @throws {ProbeError} If the source of the history does not answer.
 */
export async function readMetrics(series: SeriesSource, signal: AbortSignal): Promise<readonly NodeMetrics[]> {
  const windows = await Promise.all(METRICS.map((metric) => series({ metric, windowMs: ASKED_MS }, signal)));
  const recent = windows.flat().map((window) => ({ ...window, points: newest(window.points) }));
  const byAddress = Map.groupBy(recent, ({ labels }) => labels["instance"] ?? "");
  return [...byAddress].map(([address, own]) => metricsOf(address, own));
}

/** The last seconds of a series. */
function newest(points: readonly Point[], lengthMs = LOOKED_AT_MS): readonly Point[] {
  const sinceMs = (points.at(-1)?.atMs ?? 0) - lengthMs;
  return points.slice(
    Math.max(
      0,
      points.findLastIndex(({ atMs }) => atMs <= sinceMs),
    ),
  );
}

function metricsOf(address: string, windows: readonly SeriesWindow[]): NodeMetrics {
  const named = Map.groupBy(windows, ({ metric }) => metric);
  const points = (metric: string): readonly Point[] => named.get(metric)?.[0]?.points ?? [];
  const results = (named.get(REQUESTS) ?? []).flatMap(({ labels, points }) => {
    const perSecond = ratePerSecond(points);
    return perSecond === undefined ? [] : [[labels["result"] ?? "", perSecond] as const];
  });
  return {
    address,
    resultsPerSecond: Object.fromEntries(results),
    checks: slowestOf(named.get(CHECKS) ?? []),
    redisCalls: slowestOf(named.get(REDIS_CALLS) ?? []),
    arrivalWaits: slowestOf(named.get(ARRIVAL_WAITS) ?? []),
    redisErrorsPerSecond: ratePerSecond(points(REDIS_ERRORS)),
    decided: decidedOf(named.get(DECISIONS) ?? []),
    cpuRatio: ratePerSecond(points(CPU)),
    lagRatio: ratePerSecond(points(LAG)),
    stalledRatio: ratioOf(ratePerSecond(points(STALLED))),
    residentBytes: points(MEMORY).at(-1)?.value,
    activeKeys: points(ACTIVE_KEYS).at(-1)?.value,
  };
}

function decidedOf(windows: readonly SeriesWindow[]): Decided | undefined {
  const counts = windows.flatMap(({ labels, points }) => {
    const last = newest(points, DECIDED_MS);
    const lengthMs = (last.at(-1)?.atMs ?? 0) - (last[0]?.atMs ?? 0);
    const perSecond = lengthMs > LONGEST_DECIDED_MS ? undefined : ratePerSecond(last);
    const isByRedis = BY_REDIS.has(labels["source"] ?? "");
    return perSecond === undefined ? [] : [{ isByRedis, count: (perSecond * lengthMs) / 1000 }];
  });
  if (counts.length === 0) return undefined;
  const sum = (some: typeof counts): number => some.reduce((total, { count }) => total + count, 0);
  const count = sum(counts);
  if (count === 0) return { count };
  return { count, aloneRatio: sum(counts.filter(({ isByRedis }) => !isByRedis)) / count };
}

function slowestOf(windows: readonly SeriesWindow[]): Slowest | undefined {
  const buckets = bucketIncreases(windows);
  const count = buckets.at(-1)?.count;
  if (count === undefined) return undefined;
  const [p50Seconds, p99Seconds] = [0.5, 0.99].map((quantile) => quantileFromBuckets(buckets, quantile));
  return { count, ...(p50Seconds !== undefined && { p50Seconds }), ...(p99Seconds !== undefined && { p99Seconds }) };
}

/** A stall is counted when it ends, so it may be longer than the time evaluated. */
function ratioOf(perSecond: number | undefined): number | undefined {
  return perSecond === undefined ? undefined : Math.min(1, perSecond);
}
