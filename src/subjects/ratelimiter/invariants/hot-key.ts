/** Judges how demand is spread over keys, denied checks included: allowed checks alone hide clients over their limit. */

import type { Judgement, Thresholds } from "../../../core/subject/invariant.ts";
import type { EntityId } from "../../../core/words/ids.ts";
import type { Demand, KeyDemand } from "../keys/demand.ts";
import { entityOfKey } from "../keys/keys.ts";
import { invariant } from "../observation.ts";
import { CLIENTS } from "../topology.ts";

/** No key takes far more than its share of all checks. */
export const hotKey = invariant({
  id: "hot-key",
  severity: "warning",
  symptom: "load",
  measure: { series: ["heaviest_key_ratio"], limit: "most" },
  graceMs: 30_000,
  rationale: "One key with most of the traffic slows the others down, and its counter cannot be spread over servers.",
  thresholds: {
    shareRatio: { default: 0.4, description: "Share of all checks that one key may take" },
    minimumPerSecond: { default: 20, description: "Checks per second below which no share is a violation" },
  },
  needs: ["keys"],
  reasons: ["spread", "skewed", "not-read"],
  check: ({ keys: { demand, keys } }, { thresholds }) => {
    const names = keys.map(({ key }) => key);
    if ("failed" in demand) return [CLIENTS, ...names.map(entityOfKey)].map((entity) => unknown(entity, demand.failed));
    const { value } = demand;
    const heaviest = new Map(value.heaviest.map((key) => [key.key, key]));
    return [
      spread(value),
      ...names.map((key) => judgeKey(heaviest.get(key) ?? { key, perSecond: 0 }, value, thresholds)),
    ];
  },
});

type Reason = "spread" | "skewed" | "not-read";

/** Minimum multiple of its even share: among a dozen keys, a large share is no skew. */
const TIMES_EVEN = 5;

/** Always judged, so that a look without figures does not look like an even spread. */
function spread({ perSecond, keyCount }: Demand): Judgement<Reason> {
  const evidence = { checksPerSecond: perSecond, keyCount };
  const summary = `Keys with demand: ${keyCount}`;
  return { entity: CLIENTS, on: CLIENTS, verdict: "holds", reason: "spread", summary, evidence };
}

function judgeKey({ key, perSecond }: KeyDemand, demand: Demand, thresholds: Thresholds): Judgement<Reason> {
  const { shareRatio = 1, minimumPerSecond = 0 } = thresholds;
  const checksPerSecond = demand.perSecond;
  const share = checksPerSecond > 0 ? perSecond / checksPerSecond : 0;
  const most = Math.max(shareRatio, TIMES_EVEN / Math.max(1, demand.keyCount));
  const judgement = { entity: entityOfKey(key), on: CLIENTS };
  const evidence = { share, most, perSecond, checksPerSecond, keyCount: demand.keyCount };
  const takes = `"${key}" takes ${Math.round(share * 100)} % of ${Math.round(checksPerSecond)} checks per second`;
  if (share <= most || checksPerSecond < minimumPerSecond) {
    return { ...judgement, verdict: "holds", reason: "spread", summary: takes, evidence };
  }
  return {
    ...judgement,
    verdict: "violated",
    reason: "skewed",
    summary: `${takes} (threshold ${Math.round(most * 100)} %)`,
    evidence,
  };
}

function unknown(entity: EntityId, why: string): Judgement<Reason> {
  const summary = `Demand by key unknown: ${why}`;
  return { entity, on: CLIENTS, verdict: "unknown", reason: "not-read", summary, evidence: {} };
}
