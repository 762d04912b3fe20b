/** Judges the space that is left on each store's disk, whatever uses the rest. */

import { type Judgement, judgeEach } from "../../../core/subject/invariant.ts";
import { formatQuantity } from "../../../core/text/units.ts";
import { invariant } from "../observation.ts";
import { thresholdOf } from "./each-store.ts";

/** Each store has space left. Alert `TiKV_low_space`. PD's own `low_space` also wants fewer than 8 GiB or 100 regions. */
export const diskSpace = invariant({
  id: "disk-space",
  severity: "critical",
  symptom: "resource",
  graceMs: 60_000,
  rationale: "A full disk refuses writes, and compaction needs free space to reclaim any.",
  needs: ["status"],
  // Without metrics the register of PD still tells.
  sees: ["metrics"],
  thresholds: {
    availableRatio: { default: 0.2, description: "Minimum share of the disk that is available." },
    fullRatio: { default: 0.02, description: "Share below which a disk counts as full." },
  },
  reasons: ["enough", "low", "full", "not-measured"],
  check: ({ status, metrics }, { thresholds }) =>
    judgeEach(status, ({ component, store }): Judgement<"enough" | "low" | "full" | "not-measured"> => {
      const about = { entity: component, on: component };
      // PD rounds to four figures, and hears of it every ten seconds.
      const own = "value" in metrics ? metrics.value.stores[store.statusAddress] : undefined;
      const capacityBytes = own?.capacityBytes ?? store.capacityBytes;
      const availableBytes = own?.availableBytes ?? store.availableBytes;
      if (capacityBytes === undefined || availableBytes === undefined || capacityBytes === 0) {
        return {
          ...about,
          verdict: "unknown",
          reason: "not-measured",
          summary: `Unknown: the disk of ${component} is not measured${store.unreadable === undefined ? "" : ` (${store.unreadable})`}`,
          evidence: {},
        };
      }
      const ratio = availableBytes / capacityBytes;
      const threshold = thresholdOf(thresholds, "availableRatio");
      const isLow = ratio < threshold;
      const reason = isLow ? (ratio < thresholdOf(thresholds, "fullRatio") ? "full" : "low") : "enough";
      const summary = `${component}: ${percentOf(ratio)} of the disk available (${formatQuantity(availableBytes, "bytes")} of ${formatQuantity(capacityBytes, "bytes")}, threshold ${percentOf(threshold)})`;
      const evidence = { availableBytes, capacityBytes, availableRatio: ratio, availableRatioThreshold: threshold };
      return { ...about, verdict: isLow ? "violated" : "holds", reason, summary, evidence };
    }),
});

function percentOf(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}
