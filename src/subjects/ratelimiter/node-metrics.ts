/** What the nodes' metrics came to lately: rates and quantiles need a past, which is handed in. */

import type { SeriesSource, SeriesWindow } from "../../core/series.ts";
import { type Quantile, quantileOf, riseOf } from "./windows.ts";

/** Figures of one node over its last seconds; each undefined where its past is not known. */
export interface NodeMetrics {
  readonly address: string;
  /** Checks answered per second, by result. */
  readonly resultsPerSecond: Readonly<Record<string, number>>;
  /** Seconds. */
  readonly checkP99: Quantile | undefined;
  /** Seconds. */
  readonly redisP99: Quantile | undefined;
  readonly redisErrorsPerSecond: number | undefined;
  /** Of one core. */
  readonly cpuRatio: number | undefined;
  readonly residentBytes: number | undefined;
  readonly activeKeys: number | undefined;
  /** Share of time by which the event loop came too late. */
  readonly lagRatio: number | undefined;
}

const CHECKS = "ratelimiter_check_duration_seconds_bucket";
const REDIS_CALLS = "ratelimiter_redis_duration_seconds_bucket";
const REQUESTS = "ratelimiter_requests_total";
const REDIS_ERRORS = "ratelimiter_redis_errors_total";
const ACTIVE_KEYS = "ratelimiter_active_keys";
const LAG = "ratelimiter_event_loop_lag_seconds_total";
const CPU = "process_cpu_seconds_total";
const MEMORY = "process_resident_memory_bytes";

/** The metrics that a recorder must keep. */
export const METRICS: readonly string[] = [CHECKS, REDIS_CALLS, REQUESTS, REDIS_ERRORS, ACTIVE_KEYS, LAG, CPU, MEMORY];

/** Milliseconds of past that are asked for; long enough for two scrapes. */
const WINDOW_MS = 45_000;

/**
 * Reads what is known of all nodes, one question per metric.
 * @throws {ProbeError} If the keeper of the past does not answer.
 */
export async function readMetrics(series: SeriesSource, signal: AbortSignal): Promise<readonly NodeMetrics[]> {
  const windows = await Promise.all(METRICS.map((metric) => series({ metric, windowMs: WINDOW_MS }, signal)));
  const byAddress = Map.groupBy(windows.flat(), ({ labels }) => labels["instance"] ?? "");
  return [...byAddress].map(([address, own]) => metricsOf(address, own));
}

function metricsOf(address: string, windows: readonly SeriesWindow[]): NodeMetrics {
  const named = Map.groupBy(windows, ({ metric }) => metric);
  const perSecond = (metric: string): number | undefined => rateOf(named.get(metric)?.[0]);
  const newest = (metric: string): number | undefined => named.get(metric)?.[0]?.points.at(-1)?.value;
  const results = (named.get(REQUESTS) ?? []).map((window) => [window.labels["result"] ?? "", rateOf(window)] as const);
  return {
    address,
    resultsPerSecond: Object.fromEntries(results.filter((pair): pair is [string, number] => pair[1] !== undefined)),
    checkP99: quantileOf(0.99, named.get(CHECKS) ?? []),
    redisP99: quantileOf(0.99, named.get(REDIS_CALLS) ?? []),
    redisErrorsPerSecond: perSecond(REDIS_ERRORS),
    cpuRatio: perSecond(CPU),
    lagRatio: perSecond(LAG),
    residentBytes: newest(MEMORY),
    activeKeys: newest(ACTIVE_KEYS),
  };
}

function rateOf(window: SeriesWindow | undefined): number | undefined {
  const rise = riseOf(window?.points ?? []);
  return rise && rise.by / rise.seconds;
}
