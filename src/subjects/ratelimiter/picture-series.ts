/** The series of one observation, each with its component and signal. */

import type { Series, Signal } from "../../core/system/picture.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { NodeMetrics } from "./client/node-metrics.ts";
import type { RedisReading } from "./client/redis-client.ts";
import type { RateLimiterObservation } from "./observation.ts";
import { CLIENTS, CLUSTER, REDIS } from "./topology.ts";

/** All series of the observation. */
export function seriesOf(observation: RateLimiterObservation): readonly Series[] {
  const { metrics, redis } = observation;
  const nodes = "value" in observation.nodes ? observation.nodes.value : [];
  const known = "value" in metrics ? metrics.value : [];
  // Figures from before a node stopped answering are not current.
  const measured = nodes.flatMap(({ component, address, health }) => {
    const own = "value" in health && known.find((metrics) => metrics.address === address);
    return own ? [{ component, metrics: own }] : [];
  });
  return [
    ...measured.flatMap(({ component, metrics }) => nodeSeries(component, metrics)),
    ...nodes.flatMap(({ component, health }) =>
      "value" in health
        ? gauges(component, [["degraded_seconds", "seconds", "error", health.value.degradedSeconds, "counter"]])
        : [],
    ),
    ...("value" in redis ? redisSeries(redis.value) : []),
    ...(measured.length > 0 ? clusterSeries(measured.map(({ metrics }) => metrics)) : []),
    ...demandSeries(observation),
  ];
}

/** Name, unit, signal, value, and kind if it is not a gauge. */
type Figure = readonly [name: string, unit: string, signal: Signal, value: number | undefined, kind?: Series["kind"]];

function gauges(component: ComponentId, figures: readonly Figure[]): readonly Series[] {
  return figures.flatMap(([name, unit, signal, value, kind = "gauge"]) => {
    return value === undefined ? [] : [{ name, component, unit, kind, signal, value }];
  });
}

function nodeSeries(component: ComponentId, metrics: NodeMetrics): readonly Series[] {
  const { perSecond, deniedRatio, errorRatio } = resultsOf([metrics]);
  return gauges(component, [
    ["checks_per_second", "1/s", "traffic", perSecond],
    ["denied_ratio", "ratio", "traffic", deniedRatio],
    ["error_ratio", "ratio", "error", errorRatio],
    ["check_duration_p99_seconds", "seconds", "latency", metrics.checks?.p99Seconds, "quantile"],
    ["arrival_wait_p99_seconds", "seconds", "latency", metrics.arrivalWaits?.p99Seconds, "quantile"],
    ["redis_duration_p50_seconds", "seconds", "network", metrics.redisCalls?.p50Seconds, "quantile"],
    ["redis_duration_p99_seconds", "seconds", "network", metrics.redisCalls?.p99Seconds, "quantile"],
    ["decided_alone_ratio", "ratio", "error", metrics.decided?.aloneRatio],
    ["redis_errors_per_second", "1/s", "error", metrics.redisErrorsPerSecond],
    ["cpu_ratio", "ratio", "cpu", metrics.cpuRatio],
    ["event_loop_lag_ratio", "ratio", "cpu", metrics.lagRatio],
    ["stalled_ratio", "ratio", "cpu", metrics.stalledRatio],
    ["resident_memory_bytes", "bytes", "memory", metrics.residentBytes],
    ["active_keys_count", "1", "node", metrics.activeKeys],
  ]);
}

function redisSeries(redis: RedisReading): readonly Series[] {
  const { maxMemoryBytes = 0, usedMemoryBytes } = redis;
  return gauges(REDIS, [
    ["round_trip_seconds", "seconds", "latency", redis.roundTripMs / 1000],
    ["operations_per_second", "1/s", "traffic", redis.operationsPerSecond],
    ["used_memory_bytes", "bytes", "memory", usedMemoryBytes],
    [
      "used_memory_ratio",
      "ratio",
      "memory",
      maxMemoryBytes > 0 && usedMemoryBytes !== undefined ? usedMemoryBytes / maxMemoryBytes : undefined,
    ],
    ["evicted_keys_total", "1", "error", redis.evictedKeys, "counter"],
    ["flushes_total", "1", "error", redis.flushes, "counter"],
    ["lost_keys_total", "1", "error", redis.lostKeys, "counter"],
    ["cpu_seconds_total", "seconds", "cpu", redis.cpuSeconds, "counter"],
    ["connected_clients_count", "1", "network", redis.connectedClients],
    ["blocked_clients_count", "1", "latency", redis.blockedClients],
    ["keys_count", "1", "node", redis.keys],
    ["keys_without_expiry_count", "1", "memory", redis.keysWithoutExpiry],
  ]);
}

function clusterSeries(metrics: readonly NodeMetrics[]): readonly Series[] {
  const { perSecond, deniedRatio, errorRatio } = resultsOf(metrics);
  return [
    ...gauges(CLUSTER, [
      ["denied_ratio", "ratio", "traffic", deniedRatio],
      ["error_ratio", "ratio", "error", errorRatio],
    ]),
    ...gauges(CLIENTS, [["checks_per_second", "1/s", "traffic", perSecond]]),
  ];
}

function demandSeries({ keys }: RateLimiterObservation): readonly Series[] {
  const demand = "value" in keys ? keys.value.demand : keys;
  if ("failed" in demand || demand.value.perSecond === 0) return [];
  const { heaviest, perSecond } = demand.value;
  const [first] = heaviest;
  const share = first ? first.perSecond / perSecond : 0;
  return gauges(CLIENTS, [["heaviest_key_ratio", "ratio", "traffic", share]]);
}

/** Invalid requests are the clients' errors, not the limiter's. */
function resultsOf(metrics: readonly NodeMetrics[]) {
  const rate = (...results: readonly string[]): number => {
    const rates = metrics.flatMap(({ resultsPerSecond }) => results.map((result) => resultsPerSecond[result] ?? 0));
    return rates.reduce((a, b) => a + b, 0);
  };
  const perSecond = rate("allowed", "limited", "blocked", "unavailable", "draining");
  const ratio = (part: number): number | undefined => (perSecond > 0 ? part / perSecond : undefined);
  return {
    perSecond,
    deniedRatio: ratio(rate("limited", "blocked")),
    errorRatio: ratio(rate("unavailable", "draining")),
  };
}
