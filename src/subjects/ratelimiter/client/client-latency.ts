/** Latency as clients see it, from what a node can measure. */

import type { Slowest } from "./node-metrics.ts";

/**
 * Seconds that 99 of 100 checks take at most, from their arrival. A handler measures from when it begins: what a request
 * waited before is estimated apart. A check that waits is otherwise an ordinary one, and the slowest handlers and the longest
 * waits seldom meet. `undefined` where nothing was asked.
 */
export function clientP99Seconds({ p50Seconds, p99Seconds }: Slowest, waits: Slowest | undefined): number | undefined {
  if (p50Seconds === undefined || p99Seconds === undefined) return undefined;
  return Math.max(p99Seconds, (waits?.p99Seconds ?? 0) + p50Seconds);
}
