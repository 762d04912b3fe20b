/** What the emulated stores and PDs say to each other, in place of gRPC: heartbeats, commands, votes and replicated state. */

import * as v from "valibot";

const Id = v.pipe(v.number(), v.integer(), v.minValue(1));

/** One replica of a region. */
export const Peer = v.object({ id: Id, storeId: Id, isLearner: v.boolean() });

/** One replica of a region. */
export type Peer = v.InferOutput<typeof Peer>;

/** What a region is, without what is measured of it. Keys are upper-case hex. */
export const RegionMeta = v.object({
  id: Id,
  startKey: v.string(),
  endKey: v.string(),
  /** Counts changes of replicas. */
  confVer: v.number(),
  /** Counts splits and merges. */
  version: v.number(),
  peers: v.array(Peer),
});

/** What a region is. */
export type RegionMeta = v.InferOutput<typeof RegionMeta>;

/** What the leader of a region reports of it, every minute or at once where something has changed. */
export const RegionReport = v.object({
  meta: RegionMeta,
  leaderStoreId: Id,
  term: v.number(),
  /** Replicas that do not answer, and for how many seconds. */
  down: v.array(v.object({ storeId: Id, seconds: v.number() })),
  /** Stores whose replica is far behind. */
  pending: v.array(Id),
  /** Since the last report. */
  writtenBytes: v.number(),
  writtenKeys: v.number(),
  readBytes: v.number(),
  readKeys: v.number(),
  writeQueries: v.number(),
  readQueries: v.number(),
  intervalSeconds: v.number(),
  sizeMiB: v.number(),
  keys: v.number(),
});

/** What the leader of a region reports of it. */
export type RegionReport = v.InferOutput<typeof RegionReport>;

/** What a store reports of itself, every ten seconds. */
export const StoreReport = v.object({
  id: Id,
  address: v.string(),
  statusAddress: v.string(),
  version: v.string(),
  /** Epoch seconds. */
  startedAtSeconds: v.number(),
  capacityBytes: v.number(),
  availableBytes: v.number(),
  usedBytes: v.number(),
  slowScore: v.number(),
  isBusy: v.boolean(),
  /** Per second since the last report. */
  writeBytesPerSecond: v.number(),
  readBytesPerSecond: v.number(),
  writeKeysPerSecond: v.number(),
  readKeysPerSecond: v.number(),
  writeQueriesPerSecond: v.number(),
  readQueriesPerSecond: v.number(),
  cpuPercent: v.number(),
});

/** What a store reports of itself. */
export type StoreReport = v.InferOutput<typeof StoreReport>;

/** One heartbeat of a store: itself, and those of the regions it leads that are due. */
export const Heartbeat = v.object({ store: StoreReport, regions: v.array(RegionReport) });

/** One heartbeat of a store. */
export type Heartbeat = v.InferOutput<typeof Heartbeat>;

/** What PD wants done with a region; sent to the store that leads it. */
export const Command = v.variant("do", [
  v.object({ do: v.literal("transfer-leader"), regionId: Id, toStoreId: Id }),
  v.object({ do: v.literal("add-peer"), regionId: Id, peer: Peer }),
  v.object({ do: v.literal("promote-peer"), regionId: Id, storeId: Id }),
  v.object({ do: v.literal("remove-peer"), regionId: Id, storeId: Id }),
  v.object({
    do: v.literal("split"),
    regionId: Id,
    /** Where the region ends from then on; in the middle where absent. */
    key: v.optional(v.string()),
    newRegionId: Id,
    newPeerIds: v.array(Id),
  }),
  v.object({ do: v.literal("merge-into"), regionId: Id, target: RegionMeta }),
]);

/** What PD wants done with a region. */
export type Command = v.InferOutput<typeof Command>;

/** What PD answers to a heartbeat. */
export const HeartbeatReply = v.object({
  commands: v.array(Command),
  /** Epoch milliseconds by PD's clock, from which timestamps are given. */
  timestampMs: v.number(),
  /** Where the other stores are. */
  stores: v.array(v.object({ id: Id, address: v.string() })),
});

/** What PD answers to a heartbeat. */
export type HeartbeatReply = v.InferOutput<typeof HeartbeatReply>;

/** What a store asks when it starts: whether the cluster is there, and which regions it has replicas of. */
export const JoinReply = v.object({
  regions: v.array(
    v.object({
      meta: RegionMeta,
      leaderStoreId: v.nullable(Id),
      /** Whether no store has led it yet. */
      isFresh: v.boolean(),
    }),
  ),
});

/** What a store asks between heartbeats: whether there is something to do. */
export const PollReply = v.object({ commands: v.array(Command) });

/** A region that is taken over by its neighbour on every store. */
export const Absorption = v.object({ targetId: Id, source: RegionMeta });

/** A message of one store to another about all regions that they share and the sender leads. */
export const RaftMessage = v.object({
  from: Id,
  regions: v.array(v.object({ meta: RegionMeta, term: v.number(), index: v.number(), writesPerSecond: v.number() })),
});

/** A message of one store to another. */
export type RaftMessage = v.InferOutput<typeof RaftMessage>;

/** What comes back: how far each replica is, and how long an append takes there. */
export const RaftReply = v.object({
  appendSeconds: v.number(),
  regions: v.array(v.object({ id: Id, term: v.number(), matched: v.number() })),
});

/** What comes back to a message between stores. */
export type RaftReply = v.InferOutput<typeof RaftReply>;

/** Asks another store for its vote; a store that has heard from a leader lately gives none, unless the leader itself asks for it. */
export const VoteRequest = v.object({
  from: Id,
  regionId: Id,
  term: v.number(),
  index: v.number(),
  /** How new the region is that the candidate knows: a change of replicas is not lost by an election. */
  confVer: v.number(),
  version: v.number(),
  isTransfer: v.boolean(),
});

/** Asks another store for its vote. */
export type VoteRequest = v.InferOutput<typeof VoteRequest>;

/** The answer to a request for a vote. */
export const VoteReply = v.object({ granted: v.boolean(), term: v.number() });

/** The answer to a request for a vote. */
export type VoteReply = v.InferOutput<typeof VoteReply>;

/** One PD to another: a vote, a lease, or state to keep. */
export const MemberMessage = v.object({
  from: v.string(),
  term: v.number(),
  /** `takeover` asks for a vote at the wish of the leader; `campaign` is the lease of one that does not serve yet. */
  kind: v.picklist(["vote", "takeover", "campaign", "lease", "hand-over"]),
  /** Number of the newest change that the sender has. */
  index: v.number(),
  /** Changes to keep, in order. */
  changes: v.array(v.object({ index: v.number(), key: v.string(), value: v.unknown() })),
});

/** One PD to another. */
export type MemberMessage = v.InferOutput<typeof MemberMessage>;

/** What a PD answers to another. */
export const MemberReply = v.object({
  name: v.string(),
  term: v.number(),
  accepted: v.boolean(),
  /** Number of the newest change that it has. */
  index: v.number(),
});

/** What a PD answers to another. */
export type MemberReply = v.InferOutput<typeof MemberReply>;

/** Causes that a lab sets in a store: never a metric. What is absent stays as it is. */
export const StoreCauses = v.partial(
  v.object({
    /** Seconds that one append to the disk takes when nothing waits. */
    appendSeconds: v.pipe(v.number(), v.minValue(0)),
    /** Bytes per second that compaction gets done. */
    compactionBytesPerSecond: v.pipe(v.number(), v.minValue(1)),
    /** Bytes of the disk that others have taken. */
    foreignBytes: v.pipe(v.number(), v.minValue(0)),
    /** Milliseconds that the store's clock is ahead. */
    clockOffsetMs: v.number(),
    cpuFactor: v.pipe(v.number(), v.minValue(1)),
    version: v.string(),
  }),
);

/** Causes that a lab sets in a store. */
export type StoreCauses = v.InferOutput<typeof StoreCauses>;

/** Causes that a lab sets in a PD. */
export const PdCauses = v.partial(
  v.object({
    clockOffsetMs: v.number(),
    /** Whether a proxy in front of it forbids all that clients ask; members and stores still reach it. */
    forbidsClients: v.boolean(),
  }),
);

/** Causes that a lab sets in a PD. */
export type PdCauses = v.InferOutput<typeof PdCauses>;

/** Says of every reply that it is emulated. */
export const EMULATED_HEADER = { "x-emulated": "tikv" } as const;

/** Version that is emulated. */
export const VERSION = "8.5.7";
