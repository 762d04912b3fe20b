/** Judges regions by PD's lists: how many have a replica that is down, pending or too many, and how many have too few. */

import type { Judgement } from "../../../core/subject/invariant.ts";
import type { ComponentId, EntityId } from "../../../core/words/ids.ts";
import type { RegionCheck } from "../client/pd-client.ts";
import { isSettling } from "../leader.ts";
import { invariant, type RegionsReading, type TikvObservation, type TikvReadings } from "../observation.ts";
import { CLUSTER } from "../topology.ts";
import { thresholdOf } from "./each-store.ts";

/** Regions have no replica that is down, and not many that are pending or too many. Alerts `PD_down_peer_region_nums`, `PD_pending_peer_region_count`. */
export const regionHealth = invariant({
  id: "region-health",
  severity: "critical",
  symptom: "errors",
  graceMs: 60_000,
  rationale:
    "A region with a replica down is one failure from losing its majority; without a leader it serves nothing.",
  needs: ["regions", "members"],
  // PD's lists tell of all but leaders where there are no metrics.
  sees: ["metrics"],
  thresholds: {
    pendingCount: { default: 100, description: "Maximum number of regions with a pending replica." },
    extraCount: { default: 100, description: "Maximum number of regions with a replica too many." },
  },
  reasons: [
    "healthy",
    "down-replicas",
    "pending-replicas",
    "extra-replicas",
    "no-leader",
    "new-pd-leader",
    "not-measured",
  ],
  check: ({ regions, members, metrics }, { thresholds, atMs }) => {
    const isNewLeader = isSettling(members, atMs);
    const pending = thresholdOf(thresholds, "pendingCount");
    const extra = thresholdOf(thresholds, "extraCount");
    return [
      judgeList(regions, { check: "down-peer", most: 0, isNewLeader }, { good: "healthy", bad: "down-replicas" }),
      judgeList(
        regions,
        { check: "pending-peer", most: pending, isNewLeader },
        { good: "healthy", bad: "pending-replicas" },
      ),
      judgeList(regions, { check: "extra-peer", most: extra, isNewLeader }, { good: "healthy", bad: "extra-replicas" }),
      leaderless("value" in metrics ? metrics.value.stores : {}, "failed" in metrics ? metrics.failed : undefined),
    ];
  },
});

/** Named as the label of the cluster that has the setting, so that it is told as a change of it. */
const FEW_WANTED = "max-replicas";

/** Every region has all its replicas. Alert `PD_miss_peer_region_count`, which cannot fire by a slip in its label. */
export const replication = invariant({
  id: "replication",
  severity: "critical",
  symptom: "resource",
  graceMs: 60_000,
  rationale: "A region with too few replicas is one failure from losing data.",
  needs: ["regions", "members"],
  // What is missing is judged, too, where PD's settings or its stores cannot be read.
  sees: ["scheduling", "status"],
  thresholds: {
    replicasCount: {
      default: 3,
      description: "Replicas that PD must be told to keep of each region, where there are as many stores.",
    },
  },
  reasons: ["replicated", "missing-replicas", FEW_WANTED, "not-told", "new-pd-leader"],
  check: ({ regions, members, scheduling, status }, { atMs, thresholds }) => {
    const isNewLeader = isSettling(members, atMs);
    const wanted = "value" in scheduling ? scheduling.value.replicate["max-replicas"] : undefined;
    const list = { check: "miss-peer", most: 0, isNewLeader } as const;
    const missing = judgeList(regions, list, { good: "replicated", bad: "missing-replicas" });
    return [
      { ...missing, evidence: { ...missing.evidence, ...(wanted !== undefined && { replicasWanted: wanted }) } },
      judgeWanted(scheduling, { status, least: thresholdOf(thresholds, "replicasCount") }),
    ];
  },
});

/** PD removes replicas, and reports none as missing, where it is told to keep few: only the setting shows it. */
function judgeWanted(
  scheduling: TikvObservation["scheduling"],
  { status, least }: { readonly status: TikvObservation["status"]; readonly least: number },
): Judgement<"replicated" | typeof FEW_WANTED | "not-told"> {
  const about = { entity: "regions/wanted-replicas", on: CLUSTER } as const;
  const untold = (failed: string) =>
    ({ ...about, verdict: "unknown", reason: "not-told", summary: `Unknown: ${failed}`, evidence: {} }) as const;
  if ("failed" in scheduling) return untold(scheduling.failed);
  if ("failed" in status) return untold(status.failed);
  const wanted = scheduling.value.replicate["max-replicas"];
  const stores = status.value.length;
  const possible = Math.min(least, stores);
  const isFew = wanted < possible;
  return {
    ...about,
    verdict: isFew ? "violated" : "holds",
    reason: isFew ? FEW_WANTED : "replicated",
    summary: `PD is told to keep ${wanted} ${wanted === 1 ? "replica" : "replicas"} of each region (max-replicas; threshold ${possible} with ${stores} stores)`,
    evidence: { replicasWanted: wanted, replicasWantedThreshold: possible, stores },
  };
}

/** One of PD's lists, and how long it may be. */
interface List {
  readonly check: RegionCheck;
  readonly most: number;
  /** Whether PD has not heard of its regions since another of its members leads. */
  readonly isNewLeader: boolean;
}

const WHAT: Readonly<Record<RegionCheck, string>> = {
  "down-peer": "with a replica down",
  "pending-peer": "with a replica that is behind",
  "extra-peer": "with a replica too many",
  "miss-peer": "with too few replicas",
  "offline-peer": "with a replica on a store that is being removed",
};

/** Regions named in the evidence at most. */
const NAMED = 5;

function judgeList<Reason extends string>(
  { checks, count: all }: RegionsReading,
  { check, most, isNewLeader }: List,
  { good, bad }: { readonly good: Reason; readonly bad: Reason },
): Judgement<Reason | "new-pd-leader"> {
  const { count, first } = checks[check];
  const about = { entity: `regions/${check}` as EntityId, on: CLUSTER };
  const stores = [
    ...new Set(first.flatMap(({ downPeers, pendingPeers }) => [...downPeers, ...pendingPeers].map(storeOf))),
  ];
  const evidence = {
    regions: count,
    all,
    threshold: most,
    ...(first.length > 0 && {
      first: first
        .slice(0, NAMED)
        .map(({ id }) => id)
        .join(", "),
    }),
    ...(stores.length > 0 && { stores: stores.toSorted().join(", ") }),
  };
  const on = stores.length > 0 && count > most ? ` (on ${stores.toSorted().join(", ")})` : "";
  const summary = `${count} of ${all} regions ${WHAT[check]}${on}`;
  if (count > most && isNewLeader) {
    return {
      ...about,
      verdict: "unknown",
      reason: "new-pd-leader",
      summary: `Unknown: PD has a new leader; ${summary}`,
      evidence,
    };
  }
  const isBad = count > most;
  return { ...about, verdict: isBad ? "violated" : "holds", reason: isBad ? bad : good, summary, evidence };
}

function storeOf({ storeId }: { readonly storeId: string }): ComponentId {
  return `store/${storeId}`;
}

/** PD keeps a region's last leader for as long as nobody reports another: only the stores know that there is none. */
function leaderless(
  stores: TikvReadings["metrics"]["stores"],
  failed: string | undefined,
): Judgement<"healthy" | "no-leader" | "not-measured"> {
  const missing = Object.values(stores).flatMap(({ leaderMissingCount }) => leaderMissingCount ?? []);
  const about = { entity: "regions/no-leader" as const, on: CLUSTER };
  const regions = Math.max(0, ...missing);
  const summary = `${regions} regions without a leader for ten minutes`;
  const evidence = { regions, storesAsked: missing.length };
  if (missing.length === 0) {
    return {
      ...about,
      verdict: "unknown",
      reason: "not-measured",
      summary: `Unknown: ${failed ?? "no store counts regions without a leader"}`,
      evidence,
    };
  }
  return {
    ...about,
    verdict: regions > 0 ? "violated" : "holds",
    reason: regions > 0 ? "no-leader" : "healthy",
    summary,
    evidence,
  };
}
