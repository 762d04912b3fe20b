/** Judges whether one store serves most of what is asked, while the others have time. */

import { type Judgement, NO_TRAFFIC } from "../../../core/subject/invariant.ts";
import { hottestOf } from "../hottest.ts";
import { invariant } from "../observation.ts";
import { thresholdOf } from "./each-store.ts";

/** Requests are spread over the stores. */
export const hotSpot = invariant({
  id: "hot-spot",
  severity: "warning",
  symptom: "load",
  graceMs: 60_000,
  rationale: "A region has one leader: what asks for one range is served by one store, however many there are.",
  needs: ["status", "metrics", "hotspots"],
  thresholds: {
    shareRatio: { default: 0.7, description: "Share of all requests that one store may serve." },
    queriesPerSecond: { default: 50, description: "Requests per second below which nothing counts as hot." },
  },
  reasons: ["spread", "one-store", "too-few-stores", NO_TRAFFIC],
  check: ({ status, metrics, hotspots }, { thresholds }) => {
    const served = status.flatMap(({ component, store, status }) => {
      const rate = metrics.stores[store.statusAddress]?.queriesPerSecond;
      return "value" in status && rate !== undefined ? [{ component, id: store.id, rate }] : [];
    });
    const all = served.reduce((sum, { rate }) => sum + rate, 0);
    const most = thresholdOf(thresholds, "shareRatio");
    const least = thresholdOf(thresholds, "queriesPerSecond");
    return served.map(
      ({ component, id, rate }): Judgement<"spread" | "one-store" | "too-few-stores" | typeof NO_TRAFFIC> => {
        const about = { entity: component, on: component };
        const share = all === 0 ? 0 : rate / all;
        const hottest = hottestOf(hotspots, id);
        const evidence = {
          queriesPerSecond: rate,
          shareRatio: share,
          shareRatioThreshold: most,
          ...(hottest && { region: hottest.regionId, regionQueriesPerSecond: hottest.queriesPerSecond }),
        };
        if (all < least) {
          const summary = `Unknown: ${all.toFixed(1)} requests per second in all, fewer than ${least}`;
          return { ...about, verdict: "unknown", reason: NO_TRAFFIC, summary, evidence };
        }
        if (served.length < 2) {
          return {
            ...about,
            verdict: "holds",
            reason: "too-few-stores",
            summary: `${component} is the only store that serves`,
            evidence,
          };
        }
        const region = hottest ? `, its hottest region is ${hottest.regionId}` : "";
        const summary = `${component} serves ${Math.round(share * 100)} % of ${Math.round(all)} requests per second (threshold ${Math.round(most * 100)} %)${region}`;
        const isHot = share > most;
        return {
          ...about,
          verdict: isHot ? "violated" : "holds",
          reason: isHot ? "one-store" : "spread",
          summary,
          evidence,
        };
      },
    );
  },
});
