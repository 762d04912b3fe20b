/** The figures of one observation, each tied to the component it speaks of and to what it is a sign of. */

import type { Series, Signal } from "../../core/system/picture.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { StoreMetrics } from "./metrics/read-metrics.ts";
import type { StoreReading, TikvObservation } from "./observation.ts";
import { CLIENTS, CLUSTER } from "./topology.ts";

/** Stores whose figures are shown; of more, only those of the worst, by slow score and latency. */
const MOST_STORES = 200;

/** Everything that is known in numbers. */
export function seriesOf(observation: TikvObservation): readonly Series[] {
  const { status, metrics, regions, scheduling } = observation;
  const stores = "value" in status ? status.value : [];
  const known = "value" in metrics ? metrics.value.stores : {};
  const answering = stores.filter(({ status }) => "value" in status);
  const measured = answering.map((reading) => ({ reading, metrics: known[reading.store.statusAddress] }));
  const shown = measured.length <= MOST_STORES ? measured : measured.toSorted(byTrouble).slice(0, MOST_STORES);
  return [
    ...shown.flatMap(({ reading, metrics }) => [
      ...registerSeries(reading),
      ...(metrics ? storeSeries(reading.component, metrics) : []),
    ]),
    ...gauges(CLIENTS, [
      ["queries_per_second", "1/s", "traffic", sumOf(measured.map(({ metrics }) => metrics?.queriesPerSecond))],
    ]),
    ...("value" in regions
      ? gauges(CLUSTER, [
          ["regions_count", "1", "node", regions.value.count],
          ...Object.entries(regions.value.checks).map(
            ([check, { count }]): Figure => [`${check.replace("-", "_")}_regions_count`, "1", "node", count],
          ),
        ])
      : []),
    ...("value" in scheduling
      ? gauges(CLUSTER, [["operators_count", "1", "node", scheduling.value.operators.length]])
      : []),
  ];
}

/** Name, unit, what it is a sign of, value, and how it moves where it is no gauge. */
type Figure = readonly [name: string, unit: string, signal: Signal, value: number | undefined, kind?: Series["kind"]];

function gauges(component: ComponentId, figures: readonly Figure[]): readonly Series[] {
  return figures.flatMap(([name, unit, signal, value, kind = "gauge"]) => {
    return value === undefined ? [] : [{ name, component, unit, kind, signal, value }];
  });
}

function registerSeries({ component, store }: StoreReading): readonly Series[] {
  return gauges(component, [
    ["leaders_count", "1", "traffic", store.leaderCount],
    ["regions_count", "1", "node", store.regionCount],
    ["pending_peers_count", "1", "network", store.pendingPeerCount],
  ]);
}

function storeSeries(component: ComponentId, metrics: StoreMetrics): readonly Series[] {
  const { capacityBytes, availableBytes, discardRatio, resolvedGapMs, writeStallMicroseconds } = metrics;
  const availableRatio =
    capacityBytes !== undefined && capacityBytes > 0 && availableBytes !== undefined
      ? availableBytes / capacityBytes
      : undefined;
  return gauges(component, [
    ["write_p99_seconds", "seconds", "latency", metrics.writeP99Seconds, "quantile"],
    ["snapshot_p99_seconds", "seconds", "latency", metrics.snapshotP99Seconds, "quantile"],
    ["grpc_p99_seconds", "seconds", "latency", metrics.grpcP99Seconds, "quantile"],
    ["queries_per_second", "1/s", "traffic", metrics.queriesPerSecond],
    ["append_log_p99_seconds", "seconds", "io", metrics.appendP99Seconds, "quantile"],
    ["commit_log_p99_seconds", "seconds", "network", metrics.commitP99Seconds, "quantile"],
    ["apply_log_p99_seconds", "seconds", "cpu", metrics.applyP99Seconds, "quantile"],
    ["propose_wait_p99_seconds", "seconds", "cpu", metrics.proposeWaitP99Seconds, "quantile"],
    ["apply_wait_p99_seconds", "seconds", "cpu", metrics.applyWaitP99Seconds, "quantile"],
    ["log_lag_p99_count", "1", "network", metrics.logLagP99Entries, "quantile"],
    ["available_bytes", "bytes", "node", availableBytes],
    ["available_ratio", "ratio", "node", availableRatio],
    ["throttled_ratio", "ratio", "io", metrics.throttledRatio],
    ["discarded_writes_ratio", "ratio", "error", discardRatio === undefined ? undefined : discardRatio * 1e-7],
    [
      "write_stall_seconds",
      "seconds",
      "io",
      writeStallMicroseconds === undefined ? undefined : writeStallMicroseconds / 1e6,
    ],
    ["pending_compaction_bytes", "bytes", "io", metrics.pendingCompactionBytes],
    ["busy_refusals_per_second", "1/s", "error", sumOf([metrics.tooBusyPerSecond, metrics.refusedBusyPerSecond])],
    ["channel_full_per_second", "1/s", "error", metrics.channelFullPerSecond],
    ["unreachable_messages_per_second", "1/s", "network", sumOf(Object.values(metrics.unreachablePerSecond))],
    ["slow_score", "1", "io", metrics.slowScore],
    ["cpu_ratio", "ratio", "cpu", metrics.cpuRatio],
    ["resident_memory_bytes", "bytes", "memory", metrics.residentBytes],
    [
      "resolved_timestamp_gap_seconds",
      "seconds",
      "latency",
      resolvedGapMs === undefined ? undefined : resolvedGapMs / 1000,
    ],
    ...metrics.pools.map(
      ({ pool, cpuRatio }): Figure => [`${pool.replace("-", "_")}_pool_cpu_ratio`, "ratio", "cpu", cpuRatio],
    ),
  ]);
}

/** `undefined` where nothing is known. */
function sumOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0);
}

interface Measured {
  readonly metrics: StoreMetrics | undefined;
}

function byTrouble({ metrics: a }: Measured, { metrics: b }: Measured): number {
  return (b?.slowScore ?? 0) - (a?.slowScore ?? 0) || (b?.writeP99Seconds ?? 0) - (a?.writeP99Seconds ?? 0);
}
