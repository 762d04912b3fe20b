/** Latency as clients see it, from what a node can measure. */

import type { Slowest } from "./node-metrics.ts";

/**
 * The p99 latency of checks in seconds, from their arrival. A handler measures from its own start: the wait of a
 * request before that is estimated separately. A check that waits is otherwise an ordinary one, and the slowest
 * handlers and the longest waits rarely coincide. `undefined` without checks.
 */
export function clientP99Seconds({ p50Seconds, p99Seconds }: Slowest, waits: Slowest | undefined): number | undefined {
  if (p50Seconds === undefined || p99Seconds === undefined) return undefined;
  return Math.max(p99Seconds, (waits?.p99Seconds ?? 0) + p50Seconds);
}
