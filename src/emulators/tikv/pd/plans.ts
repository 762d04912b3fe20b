/** Plans of operators: which steps move a leader, a replica, or a border between regions. */

import type { Peer, RegionMeta } from "../protocol.ts";
import type { Kind, Plan, Step } from "./operators.ts";
import type { KnownRegion } from "./regions.ts";

const LEADER_MS = 60_000;
/** As recorded: a sum over the steps of a move. */
const MOVE_MS = 1_020_000;

/** What an operator is called and filed under. */
export interface Naming {
  readonly name: string;
  readonly kinds: readonly Kind[];
}

/** Makes another store the leader. */
export function leaderPlan({ meta, leaderStoreId }: KnownRegion, toStoreId: number, naming: Naming): Plan {
  const from = leaderStoreId ?? 0;
  return {
    ...naming,
    brief: `transfer leader: store ${from} to ${toStoreId}`,
    regionId: meta.id,
    timeoutMs: LEADER_MS,
    steps: [leaderStep(meta.id, from, toStoreId)],
  };
}

/** Adds a replica. */
export function addPlan({ meta }: KnownRegion, peer: Peer, naming: Naming): Plan {
  return {
    ...naming,
    brief: `add peer: store [${peer.storeId}]`,
    regionId: meta.id,
    timeoutMs: MOVE_MS,
    steps: [addStep(meta.id, peer), promoteStep(meta.id, peer)],
  };
}

/** Removes a replica; a leader is moved away before. */
export function removePlan(region: KnownRegion, storeId: number, naming: Naming): Plan {
  const { meta } = region;
  return {
    ...naming,
    brief: `rm peer: store [${storeId}]`,
    regionId: meta.id,
    timeoutMs: LEADER_MS,
    steps: [...leaveFirst(region, storeId), removeStep(meta.id, storeId)],
  };
}

/** Where a replica is taken from, and the one that is made in its place. */
export interface Move {
  readonly fromStoreId: number;
  readonly peer: Peer;
}

/** Moves a replica: a new one is there before the old one goes. */
export function movePlan(region: KnownRegion, { fromStoreId, peer }: Move, naming: Naming): Plan {
  const { meta } = region;
  return {
    ...naming,
    brief: `mv peer: store [${fromStoreId}] to [${peer.storeId}]`,
    regionId: meta.id,
    timeoutMs: MOVE_MS,
    steps: [
      addStep(meta.id, peer),
      promoteStep(meta.id, peer),
      ...leaveFirst(region, fromStoreId),
      removeStep(meta.id, fromStoreId),
    ],
  };
}

/** What a split makes. */
export interface Split {
  readonly key?: string;
  readonly newRegionId: number;
  readonly newPeerIds: readonly number[];
  readonly policy: string;
}

/** Cuts a region in two. */
export function splitPlan(
  { meta }: KnownRegion,
  { key, newRegionId, newPeerIds, policy }: Split,
  naming: Naming,
): Plan {
  const { id, version } = meta;
  return {
    ...naming,
    brief: `split: region ${id} use policy ${policy}${key === undefined ? "" : ` and keys [${key}]`}`,
    regionId: id,
    timeoutMs: LEADER_MS,
    steps: [
      {
        text: `split region with policy ${policy}`,
        command: {
          do: "split",
          regionId: id,
          newRegionId,
          newPeerIds: [...newPeerIds],
          ...(key !== undefined && { key }),
        },
        isDone: ({ meta }) => meta.version > version,
      },
    ],
  };
}

/** Merges a region into its neighbour; the source is cancelled, the target succeeds. */
export function mergePlan({ meta }: KnownRegion, target: RegionMeta, naming: Naming): Plan {
  return {
    ...naming,
    brief: `merge: region ${meta.id} to ${target.id}`,
    regionId: meta.id,
    timeoutMs: LEADER_MS,
    steps: [
      {
        text: `merge region ${meta.id} into region ${target.id}`,
        command: { do: "merge-into", regionId: meta.id, target },
        isDone: () => false,
      },
    ],
  };
}

function leaveFirst({ meta, leaderStoreId }: KnownRegion, storeId: number): readonly Step[] {
  if (leaderStoreId !== storeId) return [];
  const other = meta.peers.find((peer) => peer.storeId !== storeId && !peer.isLearner);
  return other ? [leaderStep(meta.id, storeId, other.storeId)] : [];
}

function leaderStep(regionId: number, from: number, to: number): Step {
  return {
    text: `transfer leader from store ${from} to store ${to}`,
    command: { do: "transfer-leader", regionId, toStoreId: to },
    isDone: ({ leaderStoreId }) => leaderStoreId === to,
  };
}

function addStep(regionId: number, peer: Peer): Step {
  return {
    text: `add learner peer ${peer.id} on store ${peer.storeId}`,
    command: { do: "add-peer", regionId, peer: { ...peer, isLearner: true } },
    isDone: ({ meta, report }) =>
      meta.peers.some(({ storeId }) => storeId === peer.storeId) && !(report?.pending ?? []).includes(peer.storeId),
  };
}

function promoteStep(regionId: number, { id, storeId }: Peer): Step {
  return {
    text: `promote learner peer ${id} on store ${storeId} to voter`,
    command: { do: "promote-peer", regionId, storeId },
    isDone: ({ meta }) => meta.peers.some((peer) => peer.storeId === storeId && !peer.isLearner),
  };
}

function removeStep(regionId: number, storeId: number): Step {
  return {
    text: `remove peer on store ${storeId}`,
    command: { do: "remove-peer", regionId, storeId },
    isDone: ({ meta }) => meta.peers.every((peer) => peer.storeId !== storeId),
  };
}
