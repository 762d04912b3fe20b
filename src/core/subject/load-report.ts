/** What a run of a workload came to, in figures. */

import type { WorkloadVerdict } from "./workload.ts";

/** How many latencies lie in one range. */
export interface HistogramRow {
  /** Milliseconds, inclusive. */
  readonly fromMs: number;
  /** Milliseconds, exclusive. */
  readonly toMs: number;
  readonly count: number;
}

/** What happened since the last tick. */
export interface LoadTick {
  /** Milliseconds since the run began. */
  readonly elapsedMs: number;
  /** Requests that ended, answered or failed, per second. */
  readonly ratePerSecond: number;
  /** How many correct answers there were, by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failed: number;
  readonly degraded: number;
  /** Of correct answers. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Requests to one target. */
interface TargetCount {
  readonly address: string;
  readonly answered: number;
  readonly failed: number;
}

/** What a run came to. Latencies are of correct answers and count from when the request was due. */
export interface LoadReport {
  readonly workload: string;
  readonly seed: number;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  /** Milliseconds from the start to the end of the last request. */
  readonly elapsedMs: number;
  /** Every request that was due ended in one of the outcomes or in one of the failures. */
  readonly requests: number;
  readonly ratePerSecond: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
  /** Answers, counted above too, of a subject that said it had less than its full powers. */
  readonly degraded: number;
  readonly targets: readonly TargetCount[];
  readonly latencyMs: {
    readonly mean: number;
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
  readonly histogram: readonly HistogramRow[];
  /** What the workload's checker says, where there is one. */
  readonly check?: WorkloadVerdict;
}
