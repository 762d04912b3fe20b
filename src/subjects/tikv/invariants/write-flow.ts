/** Judges whether a store holds writes back: flow control since TiKV 5.2, RocksDB's own stalls before. */

import { formatQuantity } from "../../../core/text/units.ts";
import { invariant } from "../observation.ts";
import { eachStore, known, METRIC_REASONS, type Said, thresholdOf } from "./each-store.ts";

/** No store throttles, discards or stalls writes. Alert `TiKV_write_stall`, which flow control has made rare. */
export const writeFlow = invariant({
  id: "write-flow",
  severity: "critical",
  symptom: "slow",
  graceMs: 60_000,
  rationale: "A store that compacts more slowly than data is written slows down all its writers.",
  needs: ["status", "metrics"],
  thresholds: {
    throttledRatio: {
      default: 0.05,
      description: "Maximum seconds per second for which writers are held back, all together.",
    },
    stallSeconds: { default: 0.01, description: "Maximum seconds for which RocksDB stalls a write." },
  },
  reasons: ["flows", "throttled", "discarding", "stalled", ...METRIC_REASONS],
  check: (readings, { thresholds }) =>
    eachStore(
      readings,
      ({ reading: { component }, metrics }): Said<"flows" | "throttled" | "discarding" | "stalled"> => {
        const { throttledRatio, discardRatio, writeStallMicroseconds, pendingCompactionBytes } = metrics;
        if (throttledRatio === undefined && discardRatio === undefined && writeStallMicroseconds === undefined) {
          const summary = `Unknown: ${component} has no metrics of flow control`;
          return { verdict: "unknown", reason: "no-metrics", summary, evidence: {} };
        }
        const discarded = (discardRatio ?? 0) * 1e-7;
        const stallSeconds = (writeStallMicroseconds ?? 0) / 1e6;
        const evidence = known({ throttledRatio, discardedRatio: discarded, stallSeconds, pendingCompactionBytes });
        if (stallSeconds > thresholdOf(thresholds, "stallSeconds")) {
          const summary = `${component}: writes stall for ${formatQuantity(stallSeconds, "seconds")}`;
          return { verdict: "violated", reason: "stalled", summary, evidence };
        }
        if (discarded > 0) {
          const summary = `${component}: flow control refuses ${(discarded * 100).toFixed(1)} % of the writes`;
          return { verdict: "violated", reason: "discarding", summary, evidence };
        }
        const most = thresholdOf(thresholds, "throttledRatio");
        const throttled = throttledRatio ?? 0;
        const summary = `${component}: flow control delays writers by ${throttled.toFixed(2)} s per second (threshold ${most})`;
        return throttled > most
          ? { verdict: "violated", reason: "throttled", summary, evidence }
          : { verdict: "holds", reason: "flows", summary, evidence };
      },
    ),
});
