/** Counts of a run while it goes on: one second at a time, and all together. */

import type { LoadReport, LoadTick } from "../core/subject/load-report.ts";
import type { Reading, Workload } from "../core/subject/workload.ts";
import { Histogram } from "./histogram.ts";
import type { Target } from "./target.ts";

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
