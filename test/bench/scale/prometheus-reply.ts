/** What a Prometheus with all stores answers to a question of the subject: one series per store, or several where it asks for a label. */

/** Whom it scrapes. */
export interface Scraped {
  /** Status ports. */
  readonly stores: readonly string[];
  readonly pds: readonly string[];
  /** Regions of each kind that PD counts in its metrics. */
  readonly brokenRegions: number;
}

/** Figures of a store that is well; a latency where nothing else is said. */
const FIGURES: Readonly<Record<string, number>> = {
  tikv_grpc_msg_duration_seconds_count: 1200,
  tikv_raftstore_region_count: 3000,
  tikv_raftstore_log_lag: 2,
  tikv_scheduler_discard_ratio: 0,
  tikv_scheduler_throttle_duration_seconds_sum: 0,
  tikv_engine_pending_compaction_bytes: 2e9,
  tikv_engine_write_stall: 0,
  tikv_scheduler_too_busy_total: 0,
  tikv_storage_engine_async_request_total: 0,
  tikv_channel_full_total: 0,
  tikv_raftstore_leader_missing: 0,
  process_cpu_seconds_total: 1.5,
  tikv_server_cpu_cores_quota: 16,
  process_resident_memory_bytes: 8e9,
  process_start_time_seconds: 1_795_252_642,
  tikv_resolved_ts_min_resolved_ts_gap_millis: 900,
  tikv_raftstore_slow_score: 1,
  tikv_raftstore_process_busy: 0,
  tikv_server_report_failure_msg_total: 0,
  tikv_thread_cpu_seconds_total: 0.2,
  pd_monitor_time_jump_back_total: 0,
  pd_tso_events: 0,
};

const LATENCY_SECONDS = 0.004;

const CAPACITY_BYTES = 2e12;

/** Values of a label beside the instance, as a store has them. */
const LABELS: Readonly<Record<string, readonly string[]>> = {
  tikv_raftstore_slow_score: ["raft", "kvdb", "network"],
  tikv_raftstore_process_busy: ["raftstore_busy", "applystore_busy"],
  // A store counts failures by the store that was not reached: one of the others, as a rule.
  tikv_server_report_failure_msg_total: ["7"],
  pd_regions_status: ["miss-peer-region-count", "down-peer-region-count", "pending-peer-region-count"],
};

/** Answers `query_range`. */
export function prometheusReply(request: Request, scraped: Scraped): Response {
  const { searchParams } = new URL(request.url);
  const query = searchParams.get("query") ?? "";
  const at = Number(searchParams.get("end"));
  const { metric = "", labels = "" } = /(?<metric>[a-z_]+)\{(?<labels>[^}]*)\}/.exec(query)?.groups ?? {};
  const isThreads = metric === "tikv_thread_cpu_seconds_total";
  const pool = isThreads ? poolOf(labels) : [];
  const value = isThreads
    ? / ?count by /.test(query)
      ? pool.length
      : pool.length * (FIGURES[metric] ?? 0)
    : labels.includes('"capacity"') || labels.includes('"available"')
      ? space(labels)
      : metric === "pd_regions_status"
        ? scraped.brokenRegions
        : valueOf(metric);
  const by = (/ by \((?<by>[^)]*)\)/.exec(query)?.groups?.["by"] ?? "").split(",").filter((label) => label !== "le");
  const name = metric.replace(/_bucket$/, "");
  const isPd = /^(pd|etcd)_/.test(name);
  const more = by.find((label) => label !== "instance");
  const instances = !by.includes("instance") ? [undefined] : isPd ? scraped.pds : scraped.stores;
  const result = instances.flatMap((instance) =>
    (more === undefined ? [undefined] : (LABELS[name] ?? [])).map((label) => ({
      metric: { ...(instance && { instance }), ...(more !== undefined && label !== undefined && { [more]: label }) },
      values: [[at, `${value}`]],
    })),
  );
  return Response.json({ status: "success", data: { resultType: "matrix", result } });
}

/** The threads that a matcher such as `name=~"apply_.*"` means. */
function poolOf(labels: string): readonly string[] {
  const pattern = /name=~"(?<pattern>[^"]*)"/.exec(labels)?.groups?.["pattern"];
  return pattern === undefined ? threads() : threads().filter((name) => new RegExp(`^(?:${pattern})$`).test(name));
}

function valueOf(metric: string): number {
  return FIGURES[metric.replace(/_bucket$/, "")] ?? LATENCY_SECONDS;
}

function space(labels: string): number {
  return labels.includes('"capacity"') ? CAPACITY_BYTES : 0.6 * CAPACITY_BYTES;
}

/** Pools of a store of 16 cores. */
function threads(): readonly string[] {
  const pool = (name: string, size: number) => Array.from({ length: size }, (_, index) => `${name}${index}`);
  return [
    ...pool("raftstore_1_", 2),
    ...pool("apply_", 2),
    ...pool("store_write_", 1),
    ...pool("sched_worker_", 4),
    ...pool("grpc_server_", 5),
    ...pool("unified_read_po", 12),
    ...pool("rocksdb_low_", 8),
  ];
}
