/** How busy the pools of threads of a store are: TiKV counts the CPU time of each thread, and one that uses its core is full. */

import { type Question, threadQuestion } from "./questions.ts";

/** What a pool uses of its threads. */
export interface PoolUse {
  readonly pool: string;
  readonly threads: number;
  /** Of all its threads, from 0 to 1. */
  readonly cpuRatio: number;
}

/** Threads by pool, as TiKV names them, cut to 15 characters by Linux (TiKV v8.5.7, `metrics/grafana`, panels "Thread CPU"). */
const POOLS = {
  raftstore: "(?:raftstore|rs)_.*",
  apply: "apply_[0-9].*",
  "store-writer": "store_write.*",
  scheduler: "sched_.*",
  grpc: "grpc.*",
  read: "unified_read_po.*",
} as const;

type Pool = keyof typeof POOLS;

const NAMES: readonly Pool[] = ["raftstore", "apply", "store-writer", "scheduler", "grpc", "read"];

/** Asks for each pool's use and size: a thousand stores make a thousand answers, however many threads they have. */
export const POOL_QUESTIONS: Readonly<Record<`${Pool} ${"cores" | "threads"}`, Question>> = {
  "raftstore cores": threadQuestion(POOLS.raftstore, { isCount: false }),
  "raftstore threads": threadQuestion(POOLS.raftstore, { isCount: true }),
  "apply cores": threadQuestion(POOLS.apply, { isCount: false }),
  "apply threads": threadQuestion(POOLS.apply, { isCount: true }),
  "store-writer cores": threadQuestion(POOLS["store-writer"], { isCount: false }),
  "store-writer threads": threadQuestion(POOLS["store-writer"], { isCount: true }),
  "scheduler cores": threadQuestion(POOLS.scheduler, { isCount: false }),
  "scheduler threads": threadQuestion(POOLS.scheduler, { isCount: true }),
  "grpc cores": threadQuestion(POOLS.grpc, { isCount: false }),
  "grpc threads": threadQuestion(POOLS.grpc, { isCount: true }),
  "read cores": threadQuestion(POOLS.read, { isCount: false }),
  "read threads": threadQuestion(POOLS.read, { isCount: true }),
};

/** The pools that have threads, from one store's answers. */
export function poolsOf(answers: Readonly<Partial<Record<keyof typeof POOL_QUESTIONS, number>>>): readonly PoolUse[] {
  return NAMES.flatMap((pool) => {
    const cores = answers[`${pool} cores`];
    const threads = answers[`${pool} threads`];
    if (cores === undefined || threads === undefined || threads === 0) return [];
    return [{ pool, threads, cpuRatio: cores / threads }];
  });
}
