/** PD's own metrics, in the names, labels and units of v8.5.7; those of the cluster are other than zero on the leader only. */

import type { Cluster } from "./cluster.ts";
import { stateName } from "./stores.ts";

/** What a page is made from. */
export interface PdMetricsOptions {
  readonly cluster: Cluster;
  readonly leads: boolean;
  readonly hasLeader: boolean;
  /** Epoch milliseconds by PD's clock. */
  readonly nowMs: number;
  readonly startedAtMs: number;
  /** How often PD's clock has jumped back. */
  readonly timeJumps: number;
  readonly timeSlow: number;
  readonly leaderChanges: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Seconds that each sync of etcd's log took, by upper bound. */
  readonly syncs: number;
}

const WAL_BOUNDS = [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192];

/** The page that `GET /metrics` answers. */
export function pdMetricsPage(options: PdMetricsOptions): string {
  const { cluster, leads, hasLeader, startedAtMs } = options;
  const lines = [
    ...gauge("etcd_server_is_leader", leads ? 1 : 0),
    ...gauge("etcd_server_has_leader", hasLeader ? 1 : 0),
    ...gauge('service_member_role{service="PD"}', leads ? 1 : 0),
    ...counter("etcd_server_leader_changes_seen_total", options.leaderChanges),
    ...counter("pd_monitor_time_jump_back_total", options.timeJumps),
    "# TYPE pd_tso_events counter",
    `pd_tso_events{dc="global",group="default",type="system_time_slow"} ${options.timeSlow}`,
    `pd_tso_events{dc="global",group="default",type="save"} ${Math.floor((Date.now() - startedAtMs) / 3000)}`,
    ...gauge("process_start_time_seconds", startedAtMs / 1000),
    ...counter("process_cpu_seconds_total", options.cpuSeconds),
    ...gauge("process_resident_memory_bytes", options.residentBytes),
    "# TYPE etcd_disk_wal_fsync_duration_seconds histogram",
    ...WAL_BOUNDS.map((bound) => `etcd_disk_wal_fsync_duration_seconds_bucket{le="${bound}"} ${options.syncs}`),
    `etcd_disk_wal_fsync_duration_seconds_bucket{le="+Inf"} ${options.syncs}`,
    `etcd_disk_wal_fsync_duration_seconds_sum ${options.syncs * 0.0006}`,
    `etcd_disk_wal_fsync_duration_seconds_count ${options.syncs}`,
    ...(leads ? clusterLines(cluster, options.nowMs) : []),
  ];
  return `${lines.join("\n")}\n`;
}

function clusterLines(cluster: Cluster, nowMs: number): readonly string[] {
  const regions = cluster.regions.all();
  const wanted = cluster.maxReplicas();
  const offline = new Set(
    cluster.stores.all().flatMap(({ record }) => (record.state === "offline" ? [record.id] : [])),
  );
  const count = (isSo: (region: (typeof regions)[number]) => boolean): number => regions.filter(isSo).length;
  const byType = {
    "miss-peer-region-count": count(({ meta }) => meta.peers.length < wanted),
    "extra-peer-region-count": count(({ meta }) => meta.peers.length > wanted),
    "down-peer-region-count": count(({ report }) => (report?.down.length ?? 0) > 0),
    "pending-peer-region-count": count(({ report }) => (report?.pending.length ?? 0) > 0),
    "offline-peer-region-count": count(({ meta }) => meta.peers.some(({ storeId }) => offline.has(storeId))),
    "learner-peer-region-count": count(({ meta }) => meta.peers.some(({ isLearner }) => isLearner)),
    "empty-region-count": count(({ report }) => (report?.sizeMiB ?? 0) < 1),
    "oversized-region-count": count(({ report }) => (report?.sizeMiB ?? 0) > 1440),
    "undersized-region-count": count(({ report }) => (report?.sizeMiB ?? 0) < 1),
  };
  return [
    "# TYPE pd_regions_status gauge",
    ...Object.entries(byType).map(([type, value]) => `pd_regions_status{type="${type}"} ${value}`),
    "# TYPE pd_cluster_status gauge",
    ...cluster.stores.all().flatMap((store) => {
      const state = stateName(store, nowMs, cluster.downAfterMs());
      const of = (type: string, value: number): string =>
        `pd_cluster_status{engine="tikv",store="${store.record.id}",type="${type}"} ${value}`;
      return [
        of("store_up_count", state === "Up" ? 1 : 0),
        of("store_disconnected_count", state === "Disconnected" ? 1 : 0),
        of("store_down_count", state === "Down" ? 1 : 0),
        of("store_offline_count", state === "Offline" ? 1 : 0),
        of("store_tombstone_count", state === "Tombstone" ? 1 : 0),
        of("store_slow_count", (store.report?.slowScore ?? 1) >= 80 ? 1 : 0),
        of("leader_count", cluster.leaderCounts().get(store.record.id) ?? 0),
        of("region_count", cluster.replicaCounts().get(store.record.id) ?? 0),
        of("storage_capacity", store.report?.capacityBytes ?? 0),
        of("storage_size", store.report?.usedBytes ?? 0),
      ];
    }),
    "# TYPE pd_schedule_operators_count counter",
    ...[...cluster.operators.counts()].map(([key, value]) => {
      const [type, event] = key.split(" ");
      return `pd_schedule_operators_count{event="${event}",type="${type}"} ${value}`;
    }),
  ];
}

function gauge(name: string, value: number): readonly string[] {
  return [`# TYPE ${name.replace(/\{.*/, "")} gauge`, `${name} ${value}`];
}

function counter(name: string, value: number): readonly string[] {
  return [`# TYPE ${name} counter`, `${name} ${value}`];
}
