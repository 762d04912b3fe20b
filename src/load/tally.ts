/** Counts of a run while it goes on: one second at a time, and all together. */

import type { Reading, Workload, WorkloadVerdict } from "../core/subject/workload.ts";
import { Histogram, type HistogramRow } from "./histogram.ts";
import type { Target } from "./target.ts";

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

/** Facts of the run that its report repeats. */
export interface RunFacts {
  readonly seed: number;
  readonly startedAtMs: number;
  readonly elapsedMs: number;
}

/** Adds up what requests come to. */
export class Tally {
  readonly #workload: Workload;
  readonly #targets: ReadonlyMap<Target, { answered: number; failed: number }>;
  readonly #past: Counts;
  #recent: Counts;
  #recentSinceMs = 0;

  constructor(workload: Workload, targets: readonly Target[]) {
    this.#workload = workload;
    this.#targets = new Map(targets.map((target) => [target, { answered: 0, failed: 0 }]));
    this.#past = new Counts(workload.outcomes);
    this.#recent = new Counts(workload.outcomes);
  }

  /** Counts an answer; one that is not correct is a failure by the name of its outcome. */
  answered(target: Target, reading: Reading, latencyMs: number): void {
    if (!reading.correct) return this.failed(target, reading.outcome);
    increment(this.#recent.outcomes, reading.outcome);
    if (reading.degraded) this.#recent.degraded += 1;
    this.#recent.latencies.record(latencyMs);
    const count = this.#targets.get(target);
    if (count) count.answered += 1;
  }

  /** Counts a request without a correct answer. */
  failed(target: Target, reason: string): void {
    increment(this.#recent.failures, reason);
    const count = this.#targets.get(target);
    if (count) count.failed += 1;
  }

  /** What happened since the last tick, or since the start. */
  tick(elapsedMs: number): LoadTick {
    const { outcomes, failures, degraded, latencies } = this.#recent;
    const failed = sum(failures);
    const seconds = (elapsedMs - this.#recentSinceMs) / 1000;
    this.#past.add(this.#recent);
    this.#recent = new Counts(this.#workload.outcomes);
    this.#recentSinceMs = elapsedMs;
    return {
      elapsedMs: Math.round(elapsedMs),
      ratePerSecond: perSecond(sum(outcomes) + failed, seconds),
      outcomes: Object.fromEntries(outcomes),
      failed,
      degraded,
      p50Ms: latencies.quantileMs(0.5),
      p99Ms: latencies.quantileMs(0.99),
    };
  }

  /** What everything so far comes to. */
  report({ seed, startedAtMs, elapsedMs }: RunFacts): LoadReport {
    const all = new Counts(this.#workload.outcomes);
    all.add(this.#past);
    all.add(this.#recent);
    const failed = sum(all.failures);
    const requests = sum(all.outcomes) + failed;
    const check = this.#workload.verdict?.();
    return {
      workload: this.#workload.id,
      seed,
      startedAtMs,
      elapsedMs: Math.round(elapsedMs),
      requests,
      ratePerSecond: perSecond(requests, elapsedMs / 1000),
      outcomes: Object.fromEntries(all.outcomes),
      failed,
      failures: Object.fromEntries(all.failures),
      degraded: all.degraded,
      targets: [...this.#targets].map(([{ authority }, count]) => ({ address: authority, ...count })),
      latencyMs: latenciesOf(all.latencies),
      histogram: all.latencies.rows(),
      ...(check && { check }),
    };
  }
}

class Counts {
  readonly outcomes: Map<string, number>;
  readonly failures = new Map<string, number>();
  readonly latencies = new Histogram();
  degraded = 0;

  constructor(outcomes: readonly string[]) {
    this.outcomes = new Map(outcomes.map((outcome) => [outcome, 0]));
  }

  add(other: Counts): void {
    for (const [outcome, count] of other.outcomes) increment(this.outcomes, outcome, count);
    for (const [reason, count] of other.failures) increment(this.failures, reason, count);
    this.latencies.merge(other.latencies);
    this.degraded += other.degraded;
  }
}

function increment(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return counts.values().reduce((total, count) => total + count, 0);
}

function perSecond(count: number, seconds: number): number {
  return seconds > 0 ? Math.round((count / seconds) * 10) / 10 : 0;
}

function latenciesOf(latencies: Histogram): LoadReport["latencyMs"] {
  return {
    mean: latencies.meanMs,
    p50: latencies.quantileMs(0.5),
    p90: latencies.quantileMs(0.9),
    p99: latencies.quantileMs(0.99),
    p999: latencies.quantileMs(0.999),
    max: latencies.maxMs,
  };
}
