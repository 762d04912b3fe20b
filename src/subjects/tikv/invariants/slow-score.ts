/** Judges the score by which TiKV says that its own disk or network is slow. */

import { type Judgement, judgeEach } from "../../../core/subject/invariant.ts";
import { invariant } from "../observation.ts";
import { thresholdOf } from "./each-store.ts";

/** No store says of itself that it is slow. Alert `PD_cluster_slow_tikv_nums`; at 100 PD moves its leaders away. */
export const slowScore = invariant({
  id: "slow-score",
  severity: "critical",
  symptom: "slow",
  graceMs: 30_000,
  rationale: "A store with a slow disk slows down every region that has a replica there.",
  needs: ["status"],
  // Without metrics the register of PD still tells.
  sees: ["metrics"],
  thresholds: { scoreUnits: { default: 80, description: "Score, of 1 to 100, from which a store counts as slow." } },
  reasons: ["fast", "slow", "not-measured"],
  check: ({ status, metrics }, { thresholds }) =>
    judgeEach(status, ({ component, store }): Judgement<"fast" | "slow" | "not-measured"> => {
      const about = { entity: component, on: component };
      const own = "value" in metrics ? metrics.value.stores[store.statusAddress] : undefined;
      const score = own?.slowScore ?? store.slowScore;
      if (score === undefined) {
        return {
          ...about,
          verdict: "unknown",
          reason: "not-measured",
          summary: `Unknown: ${component} reports no slow score`,
          evidence: {},
        };
      }
      const threshold = thresholdOf(thresholds, "scoreUnits");
      const isSlow = score >= threshold;
      const summary = `${component}: slow score ${Math.round(score)} (threshold ${threshold})`;
      const evidence = { score, scoreThreshold: threshold };
      return { ...about, verdict: isSlow ? "violated" : "holds", reason: isSlow ? "slow" : "fast", summary, evidence };
    }),
});
