/** PD's schedulers as far as they act: leaders are balanced, evicted, and kept off a slow store; replicas of a lost store are made anew. */

import type { Cluster } from "./cluster.ts";
import { addPlan, leaderPlan, movePlan, removePlan } from "./plans.ts";
import type { KnownRegion } from "./regions.ts";
import { type KnownStore, stateName } from "./stores.ts";

/** What every PD runs by default. */
export const DEFAULT_SCHEDULERS = [
  "balance-hot-region-scheduler",
  "balance-leader-scheduler",
  "balance-region-scheduler",
  "evict-slow-store-scheduler",
  "evict-stopping-store-scheduler",
] as const;

/** Leaders that the counts of two stores may differ by. */
const TOLERATED = 3;
/** Slow score from which leaders are moved away, if one store alone has it. */
const SLOW_SCORE = 100;
/** Milliseconds for which a store that was slow leads nothing. */
const RECOVERY_MS = 1_800_000;
/** Operators that repair, made in one round. */
const REPAIRS_AT_ONCE = 3;

/** Schedules one round. */
export function schedule(cluster: Cluster, nowMs: number): void {
  if (cluster.schedule()["halt-scheduling"] === "true") return;
  const stores = cluster.stores.all().filter(({ record }) => record.state !== "tombstone");
  evictSlow(cluster, stores, nowMs);
  for (const id of cluster.evicted()) evict(cluster, id, nowMs);
  if (cluster.isScheduling("balance-leader-scheduler", nowMs)) balanceLeaders(cluster, stores, nowMs);
  repair(cluster, stores, nowMs);
}

function limitOf(cluster: Cluster, name: string): number {
  const value = cluster.schedule()[name];
  return typeof value === "number" ? value : 0;
}

function isUp(cluster: Cluster, store: KnownStore, nowMs: number): boolean {
  return stateName(store, nowMs, cluster.downAfterMs()) === "Up";
}

/** At most so many leader operators at once as the limit says. */
function leaderRoom(cluster: Cluster): number {
  const running = cluster.operators.running().filter(({ kinds }) => kinds.includes("leader")).length;
  return limitOf(cluster, "leader-schedule-limit") - running;
}

function evict(cluster: Cluster, storeId: number, nowMs: number): void {
  let room = Math.min(leaderRoom(cluster), 10);
  for (const region of cluster.regions.all()) {
    if (room <= 0) return;
    if (region.leaderStoreId !== storeId) continue;
    const target = targetFor(cluster, region, nowMs);
    if (target === undefined) continue;
    const plan = leaderPlan(region, target, { name: "evict-leader", kinds: ["leader"] });
    if (cluster.operators.add(plan, region, nowMs)) room -= 1;
  }
}

/** The store with the fewest leaders that has a replica and may lead. */
function targetFor(cluster: Cluster, { meta, leaderStoreId, report }: KnownRegion, nowMs: number): number | undefined {
  const barred = new Set([...cluster.evicted(), ...(report?.pending ?? []), leaderStoreId ?? 0]);
  const candidates = meta.peers.flatMap(({ storeId, isLearner }) => {
    const store = cluster.stores.get(storeId);
    return store && !isLearner && !barred.has(storeId) && isUp(cluster, store, nowMs) ? [storeId] : [];
  });
  const counts = cluster.leaderCounts();
  return candidates.toSorted((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0))[0];
}

function balanceLeaders(cluster: Cluster, stores: readonly KnownStore[], nowMs: number): void {
  if (leaderRoom(cluster) <= 0) return;
  const counts = cluster.leaderCounts();
  const barred = new Set(cluster.evicted());
  const scored = stores
    .filter((store) => isUp(cluster, store, nowMs) && !barred.has(store.record.id) && store.report !== undefined)
    .map(({ record }) => ({ id: record.id, score: (counts.get(record.id) ?? 0) / Math.max(1e-6, record.leaderWeight) }))
    .toSorted((a, b) => b.score - a.score);
  const most = scored[0];
  const least = scored.at(-1);
  if (!most || !least || most.score - least.score < TOLERATED) return;
  const region = cluster.regions
    .all()
    .find(
      ({ meta, leaderStoreId, report }) =>
        leaderStoreId === most.id &&
        meta.peers.some(({ storeId, isLearner }) => storeId === least.id && !isLearner) &&
        !(report?.pending ?? []).includes(least.id),
    );
  if (region)
    cluster.operators.add(leaderPlan(region, least.id, { name: "balance-leader", kinds: ["leader"] }), region, nowMs);
}

function evictSlow(cluster: Cluster, stores: readonly KnownStore[], nowMs: number): void {
  if (!cluster.schedulers().includes("evict-slow-store-scheduler")) cluster.slowStore = undefined;
  if (!cluster.isScheduling("evict-slow-store-scheduler", nowMs)) return;
  const slow = stores.filter(({ report }) => (report?.slowScore ?? 1) >= SLOW_SCORE);
  const [only] = slow;
  const current = cluster.slowStore;
  if (current) {
    const store = cluster.stores.get(current.id);
    const isFast = (store?.report?.slowScore ?? SLOW_SCORE) <= 1;
    if (!store || store.record.state === "tombstone" || (isFast && nowMs - current.sinceMs >= RECOVERY_MS)) {
      cluster.log("INFO", "slow store has been recovered", { "store-id": current.id });
      cluster.slowStore = undefined;
    }
    return;
  }
  if (!only || slow.length > 1) return;
  cluster.slowStore = { id: only.record.id, sinceMs: nowMs };
  cluster.log("INFO", "detected slow store, start to evict leaders", { "store-id": only.record.id });
}

/** Too few replicas, one too many, one on a store that is lost or leaving: each is put right by one operator. */
function repair(cluster: Cluster, stores: readonly KnownStore[], nowMs: number): void {
  const limit = limitOf(cluster, "replica-schedule-limit");
  let room = Math.min(
    REPAIRS_AT_ONCE,
    limit - cluster.operators.running().filter(({ kinds }) => kinds.includes("replica")).length,
  );
  if (room <= 0 || cluster.isPaused("rule", nowMs)) return;
  const downAfterMs = cluster.downAfterMs();
  const states = new Map(stores.map((store) => [store.record.id, stateName(store, nowMs, downAfterMs)]));
  for (const region of cluster.regions.all()) {
    if (room <= 0) return;
    const plan = repairPlan(cluster, region, states);
    if (plan && cluster.operators.add(plan, region, nowMs)) room -= 1;
  }
}

function repairPlan(cluster: Cluster, region: KnownRegion, states: ReadonlyMap<number, string>) {
  const { meta, report } = region;
  const wanted = cluster.maxReplicas();
  const down = meta.peers.find(
    ({ storeId }) => states.get(storeId) === "Down" && report?.down.some((one) => one.storeId === storeId),
  );
  const leaving = meta.peers.find(({ storeId }) => states.get(storeId) === "Offline");
  const free = [...states].filter(([id, state]) => state === "Up" && meta.peers.every(({ storeId }) => storeId !== id));
  const counts = cluster.replicaCounts();
  const target = free.map(([id]) => id).toSorted((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0))[0];
  const lost = down ?? leaving;
  if (lost && target !== undefined) {
    const name = down ? "replace-rule-down-peer" : "replace-rule-offline-peer";
    return movePlan(
      region,
      { fromStoreId: lost.storeId, peer: cluster.newPeer(target) },
      { name, kinds: ["replica", "region"] },
    );
  }
  if (meta.peers.length < wanted && target !== undefined) {
    return addPlan(region, cluster.newPeer(target), { name: "add-rule-peer", kinds: ["replica", "region"] });
  }
  if (meta.peers.length <= wanted || region.report === undefined) return undefined;
  const surplus =
    meta.peers.find(({ storeId }) => storeId !== region.leaderStoreId && states.get(storeId) !== "Up") ??
    meta.peers.findLast(({ storeId }) => storeId !== region.leaderStoreId);
  return surplus && removePlan(region, surplus.storeId, { name: "remove-orphan-peer", kinds: ["region"] });
}
