/** Judges whether one store serves most of what is asked, while the others have time. */

import { NO_TRAFFIC } from "../../../core/subject/invariant.ts";
import { hottestOf } from "../hottest.ts";
import { KEPT_OFF, keptOff, keptOffText } from "../kept-off.ts";
import { invariant } from "../observation.ts";
import { CLUSTER } from "../topology.ts";
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
  // Where it cannot be read, who may lead is not known, and the load is as uneven.
  sees: ["scheduling"],
  thresholds: {
    shareRatio: { default: 0.7, description: "Maximum share of all requests that one store serves." },
    queriesPerSecond: { default: 50, description: "Requests per second below which nothing counts as hot." },
  },
  reasons: ["spread", "one-store", KEPT_OFF, "too-few-stores", ...METRIC_REASONS],
  check: (readings, { thresholds }) => {
    const { status, metrics, hotspots, scheduling } = readings;
    const rates = status.flatMap(({ store, status }) => {
      const rate = metrics.stores[store.statusAddress]?.queriesPerSecond;
      return "value" in status && rate !== undefined ? [rate] : [];
    });
    const all = rates.reduce((sum, rate) => sum + rate, 0);
    const most = thresholdOf(thresholds, "shareRatio");
    const least = thresholdOf(thresholds, "queriesPerSecond");
    const evicted = "value" in scheduling ? scheduling.value.evicted : [];
    const kept = keptOff(status, { evicted, metrics });
    const mayLead = status.filter(
      ({ component, status }) => "value" in status && kept.every((one) => one.component !== component),
    );
    const judgements = eachStore(readings, ({ reading: { component, store }, metrics: own }): Said<Reason> => {
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
      // Whatever is asked, one store has to serve it where no other may lead.
      if (isHot && kept.length > 0 && mayLead.every((one) => one.component === component)) {
        const why = `${summary}: PD keeps all leaders off ${keptOffText(kept)}`;
        return {
          verdict: "violated",
          reason: KEPT_OFF,
          summary: why,
          evidence: { ...evidence, keptOff: keptOffText(kept) },
        };
      }
      return { verdict: isHot ? "violated" : "holds", reason: isHot ? "one-store" : "spread", summary, evidence };
    });
    // Nothing about that store is wrong: what PD was told is.
    return judgements.map((one) => (one.reason === KEPT_OFF ? { ...one, on: CLUSTER } : one));
  },
});

type Reason = "spread" | "one-store" | typeof KEPT_OFF | "too-few-stores";
