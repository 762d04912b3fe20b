/** The shapes in which PD answers (recorded from v8.5.7), made from what the cluster knows. */

import { bytesSize, goDuration, Uint64 } from "../go-json.ts";
import type { Peer } from "../protocol.ts";
import type { Cluster } from "./cluster.ts";
import { HOT_AFTER, type KnownRegion } from "./regions.ts";
import { type KnownStore, stateName } from "./stores.ts";

const GIT_HASH = "3f446cfa9eb1d5c653031d261e185911495d0359";

/** `StoreInfo` (`pkg/response/store.go`): what is zero is left out where PD leaves it out. */
export function storeReply(cluster: Cluster, store: KnownStore, nowMs: number): object {
  const { record, lastHeartbeatMs, report } = store;
  const { id, address, statusAddress, version, labels, startedAtSeconds } = record;
  const own = cluster.regions.all().filter(({ meta }) => meta.peers.some(({ storeId }) => storeId === id));
  const led = own.filter(({ leaderStoreId }) => leaderStoreId === id);
  const learners = own.filter(({ meta }) =>
    meta.peers.some(({ storeId, isLearner }) => storeId === id && isLearner),
  ).length;
  const pending = own.filter((region) => region.report?.pending.includes(id)).length;
  const regionSize = sumOf(own.map(sizeOf));
  return {
    store: {
      id,
      address,
      ...(record.state !== "up" && { state: record.state === "offline" ? 1 : 2 }),
      labels: Object.entries(labels).map(([key, value]) => ({ key, value })),
      version,
      peer_address: address,
      status_address: statusAddress,
      git_hash: GIT_HASH,
      start_timestamp: startedAtSeconds,
      deploy_path: "/data/tikv/bin",
      last_heartbeat: new Uint64(BigInt(Math.round(lastHeartbeatMs)) * 1_000_000n),
      ...(record.isDestroyed && { physically_destroyed: true }),
      node_state: record.state === "up" ? 1 : record.state === "offline" ? 2 : 3,
      state_name: stateName(store, nowMs, cluster.downAfterMs()),
    },
    status: {
      capacity: bytesSize(report?.capacityBytes ?? 0),
      available: bytesSize(report?.availableBytes ?? 0),
      used_size: bytesSize(report?.usedBytes ?? 0),
      leader_count: led.length,
      leader_weight: record.leaderWeight,
      leader_score: led.length / Math.max(1e-6, record.leaderWeight),
      leader_size: sumOf(led.map(sizeOf)),
      region_count: own.length,
      region_weight: record.regionWeight,
      region_score: regionScore(regionSize, store) / Math.max(1e-6, record.regionWeight),
      region_size: regionSize,
      ...(learners > 0 && { learner_count: learners }),
      ...(pending > 0 && { pending_peer_count: pending }),
      slow_score: Math.round(report?.slowScore ?? 1),
      slow_trend: { cause_value: 250123.5, cause_rate: 0, result_value: 52.5, result_rate: 0 },
      ...(report?.isBusy && { is_busy: true }),
      start_ts: new Date(startedAtSeconds * 1000).toISOString().replace(/\.\d+/, ""),
      last_heartbeat_ts: new Date(lastHeartbeatMs).toISOString().replace("Z", "000000Z"),
      uptime: goDuration(Math.max(0, lastHeartbeatMs - startedAtSeconds * 1000)),
    },
  };
}

/** `RegionInfo` (`pkg/response/region.go`). */
export function regionReply({ meta, leaderStoreId, report }: KnownRegion): object {
  const down = report?.down ?? [];
  const pending = meta.peers.filter(({ storeId }) => report?.pending.includes(storeId));
  const leader = meta.peers.find(({ storeId }) => storeId === leaderStoreId);
  return {
    id: meta.id,
    start_key: meta.startKey,
    end_key: meta.endKey,
    epoch: { conf_ver: meta.confVer, version: meta.version },
    peers: meta.peers.map(peerReply),
    leader: leader ? peerReply(leader) : { role_name: "" },
    ...(down.length > 0 && {
      down_peers: down.flatMap(({ storeId, seconds }) => {
        const peer = meta.peers.find((one) => one.storeId === storeId);
        return peer ? [{ peer: peerReply(peer), down_seconds: Math.round(seconds) }] : [];
      }),
    }),
    ...(pending.length > 0 && { pending_peers: pending.map(peerReply) }),
    cpu_usage: 1,
    written_bytes: Math.round(report?.writtenBytes ?? 0),
    read_bytes: Math.round(report?.readBytes ?? 0),
    written_keys: Math.round(report?.writtenKeys ?? 0),
    read_keys: Math.round(report?.readKeys ?? 0),
    approximate_size: Math.round(report?.sizeMiB ?? 0),
    approximate_keys: Math.round(report?.keys ?? 0),
  };
}

/** A region that PD does not know. */
export const NO_REGION = {
  id: 0,
  start_key: "",
  end_key: "",
  leader: { role_name: "" },
  cpu_usage: 0,
  written_bytes: 0,
  read_bytes: 0,
  written_keys: 0,
  read_keys: 0,
  approximate_size: 0,
  approximate_keys: 0,
} as const;

/** A list of regions. */
export function regionsReply(regions: readonly KnownRegion[]): object {
  return { count: regions.length, regions: regions.map(regionReply) };
}

/** `GET /hotspot/regions/write` and `/read`. */
export function hotspotReply(cluster: Cluster, kind: "write" | "read"): object {
  const stores = cluster.stores.all().filter(({ record }) => record.state !== "tombstone");
  const of = (asLeader: boolean) =>
    Object.fromEntries(
      stores.map((store) => [`${store.record.id}`, hotStoreReply(cluster, store, { kind, asLeader })]),
    );
  return { as_peer: of(kind === "read"), as_leader: of(true) };
}

interface Hot {
  readonly kind: "write" | "read";
  readonly asLeader: boolean;
}

function hotStoreReply(cluster: Cluster, { record, report }: KnownStore, { kind, asLeader }: Hot) {
  const isWrite = kind === "write";
  const regions = cluster.regions.all().filter((region) => {
    const isHot = (isWrite ? region.hotWrites : region.hotReads) >= HOT_AFTER;
    const isHere = asLeader
      ? region.leaderStoreId === record.id
      : region.meta.peers.some(({ storeId }) => storeId === record.id);
    return isHot && isHere;
  });
  const statistics = regions.map((region) => hotPeerReply(region, record.id, isWrite));
  const total = (name: "flow_bytes" | "flow_keys" | "flow_query"): number => sumOf(statistics.map((one) => one[name]));
  return {
    store_bytes: Math.round((isWrite ? report?.writeBytesPerSecond : report?.readBytesPerSecond) ?? 0),
    store_keys: Math.round((isWrite ? report?.writeKeysPerSecond : report?.readKeysPerSecond) ?? 0),
    store_query: Math.round((isWrite ? report?.writeQueriesPerSecond : report?.readQueriesPerSecond) ?? 0),
    store_cpu: 0,
    total_flow_bytes: total("flow_bytes"),
    total_flow_keys: total("flow_keys"),
    total_flow_query: total("flow_query"),
    total_flow_cpu: 0,
    regions_count: statistics.length,
    statistics,
  };
}

function hotPeerReply(
  { meta, leaderStoreId, report, hotWrites, hotReads }: KnownRegion,
  storeId: number,
  isWrite: boolean,
) {
  const per = (amount: number): number => Math.round(amount / Math.max(1, report?.intervalSeconds ?? 60));
  return {
    store_id: storeId,
    stores: meta.peers.map((peer) => peer.storeId),
    is_leader: leaderStoreId === storeId,
    is_learner: false,
    region_id: meta.id,
    hot_degree: isWrite ? hotWrites : hotReads,
    flow_bytes: per((isWrite ? report?.writtenBytes : report?.readBytes) ?? 0),
    flow_keys: per((isWrite ? report?.writtenKeys : report?.readKeys) ?? 0),
    flow_query: per((isWrite ? report?.writeQueries : report?.readQueries) ?? 0),
    flow_cpu: 0,
    anti_count: 2,
    last_update_time: new Date().toISOString().replace(/\.\d+/, ""),
  };
}

function peerReply({ id, storeId, isLearner }: Peer) {
  return {
    role_name: isLearner ? "Learner" : "Voter",
    id,
    store_id: storeId,
    ...(isLearner && { role: 1, is_learner: true }),
  };
}

function sizeOf({ report }: KnownRegion): number {
  return Math.round(report?.sizeMiB ?? 0);
}

/** Rises steeply where the disk is nearly full, as PD's does. */
function regionScore(sizeMiB: number, { report }: KnownStore): number {
  const availableGiB = (report?.availableBytes ?? 0) / 1024 ** 3;
  return (
    sizeMiB * (1 + 40 / Math.max(0.01, Math.log10(Math.max(1.01, availableGiB)) * 10)) + (availableGiB < 8 ? 1e8 : 0)
  );
}

function sumOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
