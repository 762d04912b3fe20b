/** What PD answers, as far as it is used (PD v8.5.7, `server/api`, `pkg/response`); sizes in bytes, times in epoch milliseconds. */

import * as v from "valibot";
import { IdText } from "../../../io/json.ts";
import { GoSize } from "./go-values.ts";

/** A list that Go writes as `null` where it is empty. */
function list<Item extends v.GenericSchema>(item: Item) {
  return v.pipe(
    v.nullish(v.array(item), []),
    v.transform((items) => items ?? []),
  );
}

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Of a small number, which PD gives ids of stores, regions and peers from; larger ones arrive as text. */
const SmallId = v.pipe(
  IdText,
  v.check((id) => id !== "0", "Cannot read id 0, expected the id of something"),
);

/** `GET /leader`, `leader` in `GET /members`. */
export const Member = v.pipe(
  v.object({ name: v.string(), member_id: IdText, client_urls: list(v.string()) }),
  v.transform(({ name, member_id: id, client_urls: clientUrls }) => ({ name, id, clientUrls })),
);

/** One member of PD. */
export type Member = v.InferOutput<typeof Member>;

/** `GET /members`. */
export const Members = v.pipe(
  v.object({
    header: v.object({ cluster_id: IdText }),
    members: list(Member),
    leader: v.nullish(Member),
  }),
  v.transform(({ header, members, leader }) => ({
    clusterId: header.cluster_id,
    members,
    ...(leader && leader.name !== "" && { leader: leader.name }),
  })),
);

/** All members of PD, and which of them leads. */
export type Members = v.InferOutput<typeof Members>;

/** `GET /health`: each member was pinged by the one that was asked. */
export const MemberHealth = v.pipe(
  list(v.object({ name: v.string(), client_urls: list(v.string()), health: v.boolean() })),
  v.transform((members) =>
    members.map(({ name, client_urls: clientUrls, health: isHealthy }) => ({ name, clientUrls, isHealthy })),
  ),
);

/** Whether each member answered the one that was asked. */
export type MemberHealth = v.InferOutput<typeof MemberHealth>;

/** `GET /status`, answered by each member for itself. */
export const PdStatus = v.pipe(
  v.object({ version: v.string(), start_timestamp: v.number() }),
  v.transform(({ version, start_timestamp: seconds }) => ({
    version: version.replace(/^v/, ""),
    startedAtMs: seconds * 1000,
  })),
);

/** What one member says of its process. */
export type PdStatus = v.InferOutput<typeof PdStatus>;

/** `GET /cluster/status`. */
export const ClusterStatus = v.pipe(
  v.object({ is_initialized: v.boolean(), raft_bootstrap_time: v.optional(v.string()) }),
  v.transform(({ is_initialized: isInitialized }) => ({ isInitialized })),
);

/** Whether a first store has registered. */
export type ClusterStatus = v.InferOutput<typeof ClusterStatus>;

/** States of a store as PD names them (`pkg/response/store.go`). */
export const STORE_STATES = ["Up", "Disconnected", "Down", "Offline", "Tombstone"] as const;

/** State of a store. */
export type StoreState = (typeof STORE_STATES)[number];

const StoreIdentity = v.object({
  id: SmallId,
  address: v.string(),
  status_address: v.optional(v.string(), ""),
  version: v.optional(v.string(), ""),
  labels: v.optional(list(v.object({ key: v.string(), value: v.string() }))),
  start_timestamp: v.optional(v.number()),
  /** Nanoseconds, beyond 2^53. */
  last_heartbeat: v.optional(IdText),
  state_name: v.picklist(STORE_STATES),
  physically_destroyed: v.optional(v.boolean(), false),
});

const StoreStatus = v.object({
  capacity: v.optional(GoSize),
  available: v.optional(GoSize),
  used_size: v.optional(GoSize),
  leader_count: v.optional(Count, 0),
  leader_weight: v.optional(v.number(), 1),
  region_count: v.optional(Count, 0),
  region_weight: v.optional(v.number(), 1),
  pending_peer_count: v.optional(Count, 0),
  slow_score: v.optional(v.number()),
  is_busy: v.optional(v.boolean(), false),
});

/** `GET /store/{id}`, an item of `GET /stores`. */
export const Store = v.pipe(
  v.object({ store: StoreIdentity, status: StoreStatus }),
  v.transform(({ store, status }) => ({
    id: store.id,
    /** `host:port` of the data port. */
    address: store.address,
    /** `host:port` by which metrics and PD's view are joined; empty where the store gave none. */
    statusAddress: store.status_address,
    version: store.version,
    labels: Object.fromEntries((store.labels ?? []).map(({ key, value }) => [key, value])),
    state: store.state_name,
    isDestroyed: store.physically_destroyed,
    ...(store.start_timestamp !== undefined && { startedAtMs: store.start_timestamp * 1000 }),
    ...(store.last_heartbeat !== undefined && { lastHeartbeatMs: msOfNanoseconds(store.last_heartbeat) }),
    ...(status.capacity !== undefined && { capacityBytes: status.capacity }),
    ...(status.available !== undefined && { availableBytes: status.available }),
    ...(status.used_size !== undefined && { usedBytes: status.used_size }),
    leaderCount: status.leader_count,
    leaderWeight: status.leader_weight,
    regionCount: status.region_count,
    regionWeight: status.region_weight,
    pendingPeerCount: status.pending_peer_count,
    ...(status.slow_score !== undefined && { slowScore: status.slow_score }),
    isBusy: status.is_busy,
  })),
);

/** A store as PD knows it. */
export type Store = v.InferOutput<typeof Store>;

/** `GET /regions/count`. */
export const RegionCount = v.pipe(
  v.object({ count: Count }),
  v.transform(({ count }) => count),
);

const Peer = v.pipe(
  v.object({ id: IdText, store_id: IdText, is_learner: v.optional(v.boolean(), false) }),
  v.transform(({ id, store_id: storeId, is_learner: isLearner }) => ({ id, storeId, isLearner })),
);

/** `GET /region/id/{id}`, an item of `GET /regions/check/…`. One that PD does not know has id `0` and no peers. */
export const Region = v.pipe(
  v.object({
    id: IdText,
    start_key: v.optional(v.string(), ""),
    end_key: v.optional(v.string(), ""),
    peers: v.optional(list(Peer)),
    leader: v.optional(v.object({ store_id: v.optional(IdText) })),
    down_peers: v.optional(list(v.object({ down_seconds: v.number(), peer: Peer }))),
    pending_peers: v.optional(list(Peer)),
    written_bytes: v.optional(v.number(), 0),
    read_bytes: v.optional(v.number(), 0),
    approximate_size: v.optional(v.number(), 0),
  }),
  v.transform((region) => ({
    id: region.id,
    startKey: region.start_key,
    endKey: region.end_key,
    peers: region.peers ?? [],
    ...(region.leader?.store_id !== undefined && { leaderStoreId: region.leader.store_id }),
    downPeers: (region.down_peers ?? []).map(({ down_seconds: downSeconds, peer }) => ({ ...peer, downSeconds })),
    pendingPeers: region.pending_peers ?? [],
    /** Per heartbeat of the region, of up to 60 seconds. */
    writtenBytes: region.written_bytes,
    readBytes: region.read_bytes,
    sizeBytes: region.approximate_size * 1024 ** 2,
  })),
);

/** A region as PD knows it. */
export type Region = v.InferOutput<typeof Region>;

const HotPeer = v.pipe(
  v.object({
    region_id: IdText,
    store_id: IdText,
    is_leader: v.optional(v.boolean(), false),
    hot_degree: v.optional(v.number(), 0),
    flow_bytes: v.optional(v.number(), 0),
    flow_keys: v.optional(v.number(), 0),
    flow_query: v.optional(v.number(), 0),
  }),
  v.transform((peer) => ({
    regionId: peer.region_id,
    storeId: peer.store_id,
    bytesPerSecond: peer.flow_bytes,
    keysPerSecond: peer.flow_keys,
    queriesPerSecond: peer.flow_query,
  })),
);

const HotStore = v.object({
  store_bytes: v.optional(v.number(), 0),
  store_keys: v.optional(v.number(), 0),
  store_query: v.optional(v.number(), 0),
  statistics: v.optional(list(HotPeer)),
});

/** `GET /hotspot/regions/write`, `/read`: flow per second of each store, and of the regions in the hot cache. */
export const Hotspots = v.pipe(
  v.object({ as_leader: v.nullish(v.record(v.string(), HotStore)) }),
  v.transform(({ as_leader: stores }) =>
    Object.entries(stores ?? {}).map(([storeId, { store_bytes, store_keys, store_query, statistics }]) => ({
      storeId,
      bytesPerSecond: store_bytes,
      keysPerSecond: store_keys,
      queriesPerSecond: store_query,
      regions: statistics ?? [],
    })),
  ),
);

/** What the leaders on each store serve, and its hottest regions. */
export type Hotspots = v.InferOutput<typeof Hotspots>;

/** States of an operator by number (`pkg/schedule/operator/status.go`). */
const OPERATOR_STATES = ["created", "started", "success", "canceled", "replaced", "expired", "timeout"] as const;

/** An item of `GET /operators?object`. */
export const Operator = v.pipe(
  v.object({
    desc: v.string(),
    brief: v.optional(v.string(), ""),
    region_id: IdText,
    status: v.optional(v.number(), 0),
  }),
  v.transform(({ desc: name, brief, region_id: regionId, status }) => ({
    name,
    brief,
    regionId,
    state: OPERATOR_STATES[status] ?? "unknown",
  })),
);

/** A step of scheduling that PD has planned for one region. */
export type Operator = v.InferOutput<typeof Operator>;

/** `GET /operators?object`. */
export const Operators = list(Operator);

/** What PD is doing. */
export type Operators = v.InferOutput<typeof Operators>;

/** `GET /schedulers`. */
export const Schedulers = list(v.string());

/** Any JSON. */
export const Anything = v.unknown();

function msOfNanoseconds(digits: string): number {
  return Number(BigInt(digits) / 1_000_000n);
}
