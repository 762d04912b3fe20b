/** Judges whether a pool of threads has nothing left to give. */

import { invariant } from "../observation.ts";
import { eachStore, METRIC_REASONS, type Said, thresholdOf } from "./each-store.ts";

/** No pool uses all its threads. Alerts `TiKV_raftstore_thread_cpu_seconds_total`, `TiKV_thread_apply_worker_cpu_seconds` (which cannot fire). */
export const poolSaturation = invariant({
  id: "pool-saturation",
  severity: "warning",
  symptom: "load",
  graceMs: 60_000,
  rationale: "Requests that wait for a thread of a full pool wait longer than they take to process.",
  needs: ["status", "metrics"],
  thresholds: { cpuRatio: { default: 0.8, description: "Maximum share of its threads' time that a pool uses." } },
  reasons: ["spare", "full", ...METRIC_REASONS],
  check: (readings, { thresholds }) =>
    eachStore(readings, ({ reading: { component }, metrics: { pools } }): Said<"spare" | "full"> => {
      const [fullest] = pools.toSorted((a, b) => b.cpuRatio - a.cpuRatio);
      if (!fullest) {
        const summary = `Unknown: ${component} has no metrics of its threads`;
        return { verdict: "unknown", reason: "no-metrics", summary, evidence: {} };
      }
      const { pool, cpuRatio, threads } = fullest;
      const threshold = thresholdOf(thresholds, "cpuRatio");
      const isFull = cpuRatio >= threshold;
      const summary = `${component}: pool ${pool} uses ${Math.round(cpuRatio * 100)} % of its ${threads} threads (threshold ${Math.round(threshold * 100)} %)`;
      const evidence = { pool, threads, cpuRatio, cpuRatioThreshold: threshold };
      return { verdict: isFull ? "violated" : "holds", reason: isFull ? "full" : "spare", summary, evidence };
    }),
});
