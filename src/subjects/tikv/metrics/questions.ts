/**
 * Which metrics are read, and how (names and labels of TiKV and PD v8.5.7). Each is asked as one sum per store or PD, so that a
 * Prometheus computes it and a thousand stores make a thousand answers.
 */

import type { Aggregation, LabelMatch } from "../../../core/system/series.ts";
import { sampledMetricOf } from "../../../core/system/series-question.ts";

/** One figure of every store or PD. */
export interface Question {
  readonly metric: string;
  readonly labels?: Readonly<Record<string, LabelMatch>>;
  readonly aggregation: Aggregation;
  /** Label by which a figure is told apart besides its instance. */
  readonly by?: string;
  /** Whether series are counted rather than added up. @default {false} */
  readonly isCount?: boolean;
}

const P99: Aggregation = { quantile: 0.99 };

/** Figures of each store, told apart by `instance`, which is its status port. */
export const STORE_QUESTIONS = {
  /** Seconds from proposing a write to having applied it. Alert `TiKV_async_request_write_duration_seconds`. */
  writeP99Seconds: {
    metric: "tikv_storage_engine_async_request_duration_seconds",
    labels: { type: "write" },
    aggregation: P99,
  },
  /** Seconds until a read has its snapshot. Alert `TiKV_async_request_snapshot_duration_seconds`. */
  snapshotP99Seconds: {
    metric: "tikv_storage_engine_async_request_duration_seconds",
    labels: { type: "snapshot" },
    aggregation: P99,
  },
  /** Seconds that a request takes as gRPC sees it; garbage collection is no client's. */
  grpcP99Seconds: { metric: "tikv_grpc_msg_duration_seconds", labels: { type: { not: "kv_gc" } }, aggregation: P99 },
  queriesPerSecond: {
    metric: "tikv_grpc_msg_duration_seconds_count",
    labels: { type: { not: "kv_gc" } },
    aggregation: "rate",
  },
  /** Seconds until a write is on disk in the Raft log. Alert `TiKV_raft_append_log_duration_secs`. */
  appendP99Seconds: { metric: "tikv_raftstore_append_log_duration_seconds", aggregation: P99 },
  commitP99Seconds: { metric: "tikv_raftstore_commit_log_duration_seconds", aggregation: P99 },
  applyP99Seconds: { metric: "tikv_raftstore_apply_log_duration_seconds", aggregation: P99 },
  /** Seconds that a proposal waits for the raftstore. */
  proposeWaitP99Seconds: { metric: "tikv_raftstore_request_wait_time_duration_secs", aggregation: P99 },
  applyWaitP99Seconds: { metric: "tikv_raftstore_apply_wait_time_duration_secs", aggregation: P99 },
  /** Entries that the slowest follower is behind. Alert `TiKV_raft_log_lag`. */
  logLagP99Entries: { metric: "tikv_raftstore_log_lag", aggregation: P99 },
  /** Messages of other stores that have arrived, all in all. */
  receivedMessages: { metric: "tikv_server_raft_message_recv_total", aggregation: "last" },
  leaderCount: { metric: "tikv_raftstore_region_count", labels: { type: "leader" }, aggregation: "last" },
  regionCount: { metric: "tikv_raftstore_region_count", labels: { type: "region" }, aggregation: "last" },
  capacityBytes: { metric: "tikv_store_size_bytes", labels: { type: "capacity" }, aggregation: "last" },
  availableBytes: { metric: "tikv_store_size_bytes", labels: { type: "available" }, aggregation: "last" },
  /** Seconds per second that writes are held back by flow control, all writers together. */
  throttledRatio: { metric: "tikv_scheduler_throttle_duration_seconds_sum", aggregation: "rate" },
  /** Share of writes that flow control refuses, in units of 1e-7. */
  discardRatio: { metric: "tikv_scheduler_discard_ratio", aggregation: "last" },
  pendingCompactionBytes: { metric: "tikv_engine_pending_compaction_bytes", labels: { db: "kv" }, aggregation: "last" },
  /** Microseconds of RocksDB's own stalls. Alert `TiKV_write_stall`. */
  writeStallMicroseconds: {
    metric: "tikv_engine_write_stall",
    labels: { db: "kv", type: "write_stall_max" },
    aggregation: "last",
  },
  tooBusyPerSecond: { metric: "tikv_scheduler_too_busy_total", aggregation: "rate" },
  refusedBusyPerSecond: {
    metric: "tikv_storage_engine_async_request_total",
    labels: { status: "err_server_is_busy" },
    aggregation: "rate",
  },
  /** Alert `TiKV_channel_full_total`. */
  channelFullPerSecond: { metric: "tikv_channel_full_total", aggregation: "rate" },
  /** Regions whose leader has been missing for ten minutes. */
  leaderMissingCount: { metric: "tikv_raftstore_leader_missing", aggregation: "last" },
  cpuRatio: { metric: "process_cpu_seconds_total", aggregation: "rate" },
  cpuQuotaCores: { metric: "tikv_server_cpu_cores_quota", aggregation: "last" },
  residentBytes: { metric: "process_resident_memory_bytes", aggregation: "last" },
  startedAtSeconds: { metric: "process_start_time_seconds", aggregation: "last" },
  /** Milliseconds between the store's clock and the oldest timestamp that it has yet to serve. */
  resolvedGapMs: { metric: "tikv_resolved_ts_min_resolved_ts_gap_millis", aggregation: "last" },
} as const satisfies Readonly<Record<string, Question>>;

/** Figures of each store that are told apart by one more label. */
export const LABELLED_STORE_QUESTIONS = {
  /** By kind since 8.5, without before: the highest counts. */
  slowScores: { metric: "tikv_raftstore_slow_score", aggregation: "last", by: "type" },
  /** By the store that was not reached. Alert `TiKV_server_report_failure_msg_total`. */
  unreachablePerSecond: {
    metric: "tikv_server_report_failure_msg_total",
    labels: { type: "unreachable" },
    aggregation: "rate",
    by: "store_id",
  },
  unreachableMessages: {
    metric: "tikv_server_report_failure_msg_total",
    labels: { type: "unreachable" },
    aggregation: "last",
    by: "store_id",
  },
  busyProcesses: { metric: "tikv_raftstore_process_busy", aggregation: "last", by: "type" },
} as const satisfies Readonly<Record<string, Question>>;

/** Metric of the CPU time of each thread, which is asked for by pool. */
const THREAD_CPU = "tikv_thread_cpu_seconds_total";

/** CPU time of the threads whose names fit a pattern, all of a store's together, or how many they are. */
export function threadQuestion(pattern: string, { isCount }: { readonly isCount: boolean }): Question {
  return { metric: THREAD_CPU, labels: { name: { pattern } }, aggregation: "rate", isCount };
}

/** Figures of each PD. */
export const PD_QUESTIONS = {
  /** Alert `PD_etcd_write_disk_latency`. */
  walFsyncP99Seconds: { metric: "etcd_disk_wal_fsync_duration_seconds", aggregation: P99 },
  timeJumpsPerSecond: { metric: "pd_monitor_time_jump_back_total", aggregation: "rate" },
  /** Alert `PD_system_time_slow`. */
  timeSlowPerSecond: { metric: "pd_tso_events", labels: { type: "system_time_slow" }, aggregation: "rate" },
} as const satisfies Readonly<Record<string, Question>>;

/** PD's counts of regions by what is wrong with them; other than zero on the leader only. */
export const REGION_STATUS: Question = { metric: "pd_regions_status", aggregation: "last", by: "type" };

/** The metrics that a recorder must keep. */
export const METRICS: readonly string[] = [
  ...new Set(
    [
      ...Object.values<Question>(STORE_QUESTIONS),
      ...Object.values<Question>(LABELLED_STORE_QUESTIONS),
      ...Object.values<Question>(PD_QUESTIONS),
      REGION_STATUS,
      threadQuestion("", { isCount: false }),
    ].map((question) => sampledMetricOf({ ...question, overMs: 1, range: { startMs: 0, endMs: 0, stepMs: 1 } })),
  ),
];
