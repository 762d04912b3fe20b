/** Judges whether one store serves most of what is asked, while the others have time. */

import { NO_TRAFFIC } from "../../../core/subject/invariant.ts";
import { hottestOf } from "../hottest.ts";
import { invariant } from "../observation.ts";
import { eachStore, METRIC_REASONS, type Said, thresholdOf } from "./each-store.ts";

/** Requests are spread over the stores. */
export const hotSpot = invariant({
  id: "hot-spot",
  severity: "warning",
  symptom: "load",
  graceMs: 60_000,
  rationale:
    "Each region has one leader, so all requests for one range go to one store, however many stores there are.",
  needs: ["status", "metrics", "hotspots"],
  thresholds: {
    shareRatio: { default: 0.7, description: "Maximum share of all requests that one store serves." },
    queriesPerSecond: { default: 50, description: "Requests per second below which nothing counts as hot." },
  },
  reasons: ["spread", "one-store", "too-few-stores", ...METRIC_REASONS],
  check: (readings, { thresholds }) => {
    const { status, metrics, hotspots } = readings;
    const rates = status.flatMap(({ store, status }) => {
      const rate = metrics.stores[store.statusAddress]?.queriesPerSecond;
      return "value" in status && rate !== undefined ? [rate] : [];
    });
    const all = rates.reduce((sum, rate) => sum + rate, 0);
    const most = thresholdOf(thresholds, "shareRatio");
    const least = thresholdOf(thresholds, "queriesPerSecond");
    return eachStore(readings, ({ reading: { component, store }, metrics: own }): Said<Reason> => {
      const rate = own.queriesPerSecond ?? 0;
      const share = all === 0 ? 0 : rate / all;
      const hottest = hottestOf(hotspots, store.id);
      const evidence = {
        queriesPerSecond: rate,
        shareRatio: share,
        shareRatioThreshold: most,
        ...(hottest && { region: hottest.regionId, regionQueriesPerSecond: hottest.queriesPerSecond }),
      };
      if (all < least) {
        const summary = `Unknown: ${all.toFixed(1)} requests per second in total, fewer than ${least}`;
        return { verdict: "unknown", reason: NO_TRAFFIC, summary, evidence };
      }
      if (rates.length < 2) {
        const summary = `${component} is the only store that serves`;
        return { verdict: "holds", reason: "too-few-stores", summary, evidence };
      }
      const region = hottest ? `, its hottest region is ${hottest.regionId}` : "";
      const summary = `${component} serves ${Math.round(share * 100)} % of ${Math.round(all)} requests per second (threshold ${Math.round(most * 100)} %)${region}`;
      const isHot = share > most;
      return { verdict: isHot ? "violated" : "holds", reason: isHot ? "one-store" : "spread", summary, evidence };
    });
  },
});

type Reason = "spread" | "one-store" | "too-few-stores";
