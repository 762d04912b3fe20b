/** A store's page of metrics: names, labels and buckets of TiKV v8.5.7, values as the model has them. */

import { doubling, Histogram } from "./histogram.ts";
import type { Physics } from "./physics.ts";
import type { Replicas } from "./replicas.ts";

/** Writes to one region within one step. */
export interface WritesSeen {
  readonly perSecond: number;
  /** Seconds until a majority has it. */
  readonly commitSeconds: number;
  /** Seconds from proposing a write to having applied it. */
  readonly writeSeconds: number;
}

/** What happened within one step of the model. */
export interface StepSeen {
  readonly seconds: number;
  readonly reads: number;
  readonly appends: number;
  readonly readSeconds: number;
  readonly writes: readonly WritesSeen[];
  /** Entries that the slowest followers are behind. */
  readonly lag: number;
}

const WIDE = doubling(1e-5, 32);
const USUAL = doubling(1e-5, 26);
const GRPC = doubling(5e-5, 22);
const LAG = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 5120, 10_240];

/** Everything that a store counts. */
export class StoreMetrics {
  readonly #write = new Histogram(WIDE);
  readonly #snapshot = new Histogram(WIDE);
  readonly #grpcPut = new Histogram(GRPC);
  readonly #grpcGet = new Histogram(GRPC);
  readonly #append = new Histogram(USUAL);
  readonly #commit = new Histogram(WIDE);
  readonly #applyLog = new Histogram(USUAL);
  readonly #proposeWait = new Histogram(USUAL);
  readonly #applyWait = new Histogram(USUAL);
  readonly #inspect = new Histogram(USUAL);
  readonly #throttle = new Histogram(USUAL);
  readonly #lag = new Histogram(LAG);
  readonly #unreachable = new Map<number, number>();
  readonly #cpu = new Map<string, number>();
  #refused = 0;
  #received = 0;

  /** Counts one step. */
  note(physics: Physics, seen: StepSeen): void {
    const { seconds, reads, appends } = seen;
    const times = (perSecond: number): number => perSecond * seconds;
    const writes = seen.writes.reduce((sum, { perSecond }) => sum + perSecond, 0);
    for (const { perSecond, commitSeconds, writeSeconds } of seen.writes) {
      this.#write.note(writeSeconds, times(perSecond));
      this.#grpcPut.note(physics.grpc.latencySeconds + writeSeconds, times(perSecond));
      this.#commit.note(commitSeconds, times(perSecond));
    }
    this.#snapshot.note(seen.readSeconds * 0.3, times(reads));
    this.#grpcGet.note(physics.grpc.latencySeconds + seen.readSeconds, times(reads));
    this.#append.note(physics.appendSeconds, times(appends));
    this.#applyLog.note(physics.apply.serviceSeconds, times(appends));
    this.#proposeWait.note(physics.raftstore.latencySeconds, times(writes));
    this.#applyWait.note(physics.apply.latencySeconds, times(appends));
    this.#inspect.note(physics.appendSeconds, times(2));
    this.#lag.note(seen.lag, times(writes > 0 ? 1 : 0));
    if (physics.throttledRatio > 0) this.#throttle.note(physics.throttledRatio, times(writes * physics.throttledRatio));
    this.#refused += times(physics.refusedPerSecond);
    this.#useThreads(physics, seconds);
  }

  /** A message did not reach a store. */
  noteUnreachable(storeId: number): void {
    this.#unreachable.set(storeId, (this.#unreachable.get(storeId) ?? 0) + 1);
  }

  /** Messages of other stores have arrived. */
  noteReceived(count: number): void {
    this.#received += count;
  }

  /** Busy time of all threads so far, in seconds of a core. */
  get cpuSeconds(): number {
    return [...this.#cpu.values()].reduce((a, b) => a + b, 0);
  }

  /** The page that `GET /metrics` answers. */
  page(
    physics: Physics,
    replicas: Replicas,
    { startedAtSeconds, resolvedGapMs }: { readonly startedAtSeconds: number; readonly resolvedGapMs: number },
  ): string {
    const levels = this.#levels(physics, replicas);
    const own = [
      ...typed("tikv_resolved_ts_min_resolved_ts_gap_millis", "gauge", [
        `tikv_resolved_ts_min_resolved_ts_gap_millis ${Math.round(resolvedGapMs)}`,
      ]),
      ...typed("tikv_server_cpu_cores_quota", "gauge", ["tikv_server_cpu_cores_quota 8"]),
      ...typed("process_cpu_seconds_total", "counter", [`process_cpu_seconds_total ${this.cpuSeconds}`]),
      ...typed("process_resident_memory_bytes", "gauge", [
        `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      ]),
      ...typed("process_start_time_seconds", "gauge", [`process_start_time_seconds ${startedAtSeconds}`]),
    ];
    return `${[...this.#histograms(), ...levels, ...this.#counts(), ...own].join("\n")}\n`;
  }

  #histograms(): readonly string[] {
    const async = "tikv_storage_engine_async_request_duration_seconds";
    return [
      ...typed(async, "histogram", [
        ...this.#write.lines(async, 'type="write"'),
        ...this.#snapshot.lines(async, 'type="snapshot"'),
      ]),
      ...typed("tikv_grpc_msg_duration_seconds", "histogram", [
        ...this.#grpcPut.lines("tikv_grpc_msg_duration_seconds", 'priority="medium",type="raw_put"'),
        ...this.#grpcGet.lines("tikv_grpc_msg_duration_seconds", 'priority="medium",type="raw_get"'),
      ]),
      ...histogram("tikv_raftstore_append_log_duration_seconds", this.#append),
      ...histogram("tikv_raftstore_commit_log_duration_seconds", this.#commit),
      ...histogram("tikv_raftstore_apply_log_duration_seconds", this.#applyLog),
      ...histogram("tikv_raftstore_request_wait_time_duration_secs", this.#proposeWait),
      ...histogram("tikv_raftstore_apply_wait_time_duration_secs", this.#applyWait),
      ...histogram("tikv_raftstore_log_lag", this.#lag),
      ...histogram("tikv_scheduler_throttle_duration_seconds", this.#throttle),
      ...typed(
        "tikv_raftstore_inspect_duration_seconds",
        "histogram",
        this.#inspect.lines("tikv_raftstore_inspect_duration_seconds", 'type="store_wait"'),
      ),
    ];
  }

  #levels(physics: Physics, replicas: Replicas): readonly string[] {
    return [
      ...typed("tikv_raftstore_region_count", "gauge", [
        `tikv_raftstore_region_count{type="region"} ${replicas.all().length}`,
        `tikv_raftstore_region_count{type="leader"} ${replicas.led().length}`,
      ]),
      ...typed("tikv_raftstore_leader_missing", "gauge", ["tikv_raftstore_leader_missing 0"]),
      ...typed("tikv_store_size_bytes", "gauge", [
        `tikv_store_size_bytes{type="capacity"} ${physics.capacityBytes}`,
        `tikv_store_size_bytes{type="available"} ${Math.round(physics.availableBytes)}`,
        `tikv_store_size_bytes{type="used"} ${Math.round(physics.usedBytes)}`,
      ]),
      ...typed("tikv_scheduler_discard_ratio", "gauge", [
        `tikv_scheduler_discard_ratio ${Math.round(physics.discardedRatio * 1e7)}`,
      ]),
      ...typed("tikv_engine_pending_compaction_bytes", "gauge", [
        `tikv_engine_pending_compaction_bytes{cf="default",db="kv"} ${Math.round(physics.debtBytes)}`,
      ]),
      ...typed("tikv_engine_num_files_at_level", "gauge", [
        `tikv_engine_num_files_at_level{cf="default",db="kv",level="0"} ${physics.level0Files}`,
      ]),
      ...typed("tikv_engine_write_stall", "gauge", ['tikv_engine_write_stall{db="kv",type="write_stall_max"} 0']),
      ...typed("tikv_raftstore_process_busy", "gauge", busyLines(physics)),
      ...typed("tikv_raftstore_slow_score", "gauge", [
        `tikv_raftstore_slow_score{type="raft"} ${Math.round(physics.slowScore)}`,
      ]),
    ];
  }

  #counts(): readonly string[] {
    const unreachable = [...this.#unreachable].map(
      ([id, count]) => `tikv_server_report_failure_msg_total{store_id="${id}",type="unreachable"} ${count}`,
    );
    const cpu = [...this.#cpu].map(
      ([name, seconds], index) => `tikv_thread_cpu_seconds_total{name="${name}",tid="${100 + index}"} ${seconds}`,
    );
    return [
      ...typed("tikv_scheduler_too_busy_total", "counter", [
        `tikv_scheduler_too_busy_total{type="raw_put"} ${Math.floor(this.#refused)}`,
      ]),
      ...typed("tikv_storage_engine_async_request_total", "counter", [
        `tikv_storage_engine_async_request_total{status="err_server_is_busy",type="write"} 0`,
      ]),
      ...typed("tikv_server_report_failure_msg_total", "counter", unreachable),
      ...typed("tikv_server_raft_message_recv_total", "counter", [
        `tikv_server_raft_message_recv_total ${this.#received}`,
      ]),
      ...typed("tikv_thread_cpu_seconds_total", "counter", cpu),
    ];
  }

  #useThreads({ grpc, scheduler, raftstore, apply, read }: Physics, seconds: number): void {
    const pools = [
      ["grpc-server-", grpc],
      ["sched-worker-", scheduler],
      ["raftstore-1-", raftstore],
      ["apply-", apply],
      ["unified-read-po", read],
    ] as const;
    for (const [name, { workers, utilisation }] of pools) {
      for (let index = 0; index < workers; index += 1) {
        const thread = THREAD_NAMES[name]?.(index) ?? `${name}${index}`;
        this.#cpu.set(thread, (this.#cpu.get(thread) ?? 0) + utilisation * seconds);
      }
    }
  }
}

/** Names as TiKV's metrics have them: what is no letter or digit becomes `_`. */
const THREAD_NAMES: Readonly<Record<string, (index: number) => string>> = {
  "grpc-server-": (index) => `grpc_server_${index}`,
  "sched-worker-": (index) => `sched_worker_pool_${index}`,
  "raftstore-1-": (index) => `raftstore_1_${index}`,
  "apply-": (index) => `apply_${index}`,
  "unified-read-po": (index) => `unified_read_po_${index}`,
};

function busyLines({ busy }: Physics): readonly string[] {
  return ["raftstore_busy", "applystore_busy"].map(
    (type) => `tikv_raftstore_process_busy{type="${type}"} ${busy.includes(type) ? 1 : 0}`,
  );
}

function histogram(metric: string, values: Histogram): readonly string[] {
  return typed(metric, "histogram", values.lines(metric, ""));
}

function typed(metric: string, kind: string, lines: readonly string[]): readonly string[] {
  return lines.length > 0 ? [`# TYPE ${metric} ${kind}`, ...lines] : [];
}
