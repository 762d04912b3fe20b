/** How busy the pools of threads of a store are: TiKV counts the CPU time of each thread, and one that uses its core is full. */

/** What one thread uses. */
export interface ThreadUse {
  /** As TiKV names it, cut to 15 characters by Linux. */
  readonly thread: string;
  /** Of one core. */
  readonly cpuRatio: number;
}

/** What a pool uses of its threads. */
export interface PoolUse {
  readonly pool: string;
  readonly threads: number;
  /** Of all its threads, from 0 to 1. */
  readonly cpuRatio: number;
}

/** Threads by pool (TiKV v8.5.7, `metrics/grafana`, panels "Thread CPU"). */
const POOLS: readonly (readonly [pool: string, threads: RegExp])[] = [
  ["raftstore", /^(raftstore|rs)_/],
  ["apply", /^apply_\d/],
  ["store-writer", /^store_write/],
  ["scheduler", /^sched_/],
  ["grpc", /^grpc/],
  ["read", /^unified_read_po/],
];

/** The pools that have threads. */
export function poolsOf(threads: readonly ThreadUse[]): readonly PoolUse[] {
  return POOLS.flatMap(([pool, pattern]) => {
    const own = threads.filter(({ thread }) => pattern.test(thread));
    if (own.length === 0) return [];
    const sum = own.reduce((total, { cpuRatio }) => total + cpuRatio, 0);
    return [{ pool, threads: own.length, cpuRatio: sum / own.length }];
  });
}
