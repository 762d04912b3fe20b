/** Moving one region's leader or replicas between stores: operators of PD, which says only that it has accepted them. */

import * as v from "valibot";
import { defineAction } from "../../../core/subject/action.ts";
import { ActionError, messageOf } from "../../../core/text/errors.ts";
import { parse } from "../../../core/text/parse.ts";
import type { TikvClient } from "../client/client.ts";
import type { PdChange, PdClient } from "../client/pd-client.ts";
import type { Region } from "../client/pd-replies.ts";
import { RegionId, StoreId, shown } from "./fields.ts";

const Former = v.object({ storeId: v.number() });

/** Makes another store the leader of one region. */
export const transferLeader = defineAction({
  id: "transfer-leader",
  description:
    "Make the replica on another store the leader of one region. Helps when the leader's store is slow or hot.",
  risk: "reversible",
  input: v.object({ regionId: RegionId, toStoreId: StoreId }),
  preview: ({ regionId, toStoreId }) => ({
    sends: shown(leaderTo(regionId, toStoreId)),
    expectedEffect: `region ${regionId} is led by store/${toStoreId}`,
    entities: [`region/${regionId}`, `store/${toStoreId}`],
    stops: [],
  }),
  async run({ pd }: TikvClient, { regionId, toStoreId }, signal) {
    await pd.change(leaderTo(regionId, toStoreId), signal);
    return `Asked PD to make store/${toStoreId} the leader of region ${regionId}`;
  },
  postCondition: ({ pd }, { regionId, toStoreId }, signal) =>
    isDone(pd, { regionId, isSo: ({ leaderStoreId }) => leaderStoreId === `${toStoreId}` }, signal),
  async capture({ pd }, { regionId }, signal) {
    const { leaderStoreId } = await pd.region(`${regionId}`, signal);
    if (leaderStoreId === undefined) throw new ActionError(`Cannot move the leader of region ${regionId}: it has none`);
    return { storeId: Number(leaderStoreId) };
  },
  async undo({ pd }, { regionId }, { captured, signal }) {
    const { storeId } = parse(Former, captured, `the former leader of region ${regionId}`);
    const { leaderStoreId } = await interrupted(pd, regionId, signal);
    if (leaderStoreId === `${storeId}`) return `store/${storeId} leads region ${regionId}, as it did`;
    await pd.change(leaderTo(regionId, storeId), signal);
    return `Asked PD to make store/${storeId} the leader of region ${regionId} again`;
  },
});

/** Moves one replica from a store to another. */
export const transferPeer = defineAction({
  id: "transfer-peer",
  description: "Move one replica of a region to another store: the new one is created before the old one is removed.",
  risk: "reversible",
  input: v.object({ regionId: RegionId, fromStoreId: StoreId, toStoreId: StoreId }),
  preview: ({ regionId, fromStoreId, toStoreId }) => ({
    sends: shown(peerTo(regionId, fromStoreId, toStoreId)),
    expectedEffect: `region ${regionId} has a replica on store/${toStoreId} and none on store/${fromStoreId}`,
    entities: [`region/${regionId}`, `store/${fromStoreId}`, `store/${toStoreId}`],
    stops: [],
  }),
  async run({ pd }: TikvClient, { regionId, fromStoreId, toStoreId }, signal) {
    await pd.change(peerTo(regionId, fromStoreId, toStoreId), signal);
    return `Asked PD to move a replica of region ${regionId} from store/${fromStoreId} to store/${toStoreId}`;
  },
  postCondition: ({ pd }, { regionId, fromStoreId, toStoreId }, signal) =>
    isDone(pd, { regionId, isSo: (region) => hasVoter(region, toStoreId) && !hasReplica(region, fromStoreId) }, signal),
  async undo({ pd }, { regionId, fromStoreId, toStoreId }, { signal }) {
    const region = await interrupted(pd, regionId, signal);
    if (hasReplica(region, fromStoreId)) return await withdrawn(pd, { region, storeId: toStoreId }, signal);
    await pd.change(peerTo(regionId, toStoreId, fromStoreId), signal);
    return `Asked PD to move the replica of region ${regionId} back to store/${fromStoreId}`;
  },
});

/** Adds a replica of one region. */
export const addPeer = defineAction({
  id: "add-peer",
  description: "Add a replica of one region on a store. PD removes it again if the region has enough without it.",
  risk: "reversible",
  input: v.object({ regionId: RegionId, storeId: StoreId }),
  preview: ({ regionId, storeId }) => ({
    sends: shown(added(regionId, storeId)),
    expectedEffect: `region ${regionId} has a replica on store/${storeId}`,
    entities: [`region/${regionId}`, `store/${storeId}`],
    stops: [],
  }),
  async run({ pd }: TikvClient, { regionId, storeId }, signal) {
    await pd.change(added(regionId, storeId), signal);
    return `Asked PD to add a replica of region ${regionId} on store/${storeId}`;
  },
  postCondition: ({ pd }, { regionId, storeId }, signal) =>
    isDone(pd, { regionId, isSo: (region) => hasVoter(region, storeId) }, signal),
  async undo({ pd }, { regionId, storeId }, { signal }) {
    return await withdrawn(pd, { region: await interrupted(pd, regionId, signal), storeId }, signal);
  },
});

/** Removes a replica of one region. */
export const removePeer = defineAction({
  id: "remove-peer",
  description: "Remove the replica of one region on a store. PD creates another one at once if the region has too few.",
  risk: "disruptive",
  input: v.object({ regionId: RegionId, storeId: StoreId }),
  preview: ({ regionId, storeId }) => ({
    sends: shown(removed(regionId, storeId)),
    expectedEffect: `region ${regionId} has no replica on store/${storeId}`,
    entities: [`region/${regionId}`, `store/${storeId}`],
    stops: [],
  }),
  async run({ pd }: TikvClient, { regionId, storeId }, signal) {
    await pd.change(removed(regionId, storeId), signal);
    return `Asked PD to remove the replica of region ${regionId} on store/${storeId}`;
  },
  postCondition: ({ pd }, { regionId, storeId }, signal) =>
    isDone(pd, { regionId, isSo: (region) => !hasReplica(region, storeId) }, signal),
  async undo({ pd }, { regionId, storeId }, { signal }) {
    if (hasReplica(await interrupted(pd, regionId, signal), storeId))
      return `Region ${regionId} has its replica on store/${storeId}, as it had`;
    await pd.change(added(regionId, storeId), signal);
    return `Asked PD to add the replica of region ${regionId} on store/${storeId} again`;
  },
});

/** Cancels what PD is doing with one region. */
export const cancelOperator = defineAction({
  id: "cancel-operator",
  description: "Cancel the operator that PD runs on one region. PD may start another one at once.",
  risk: "reversible",
  input: v.object({ regionId: RegionId }),
  preview: ({ regionId }) => ({
    sends: shown(cancelled(regionId)),
    expectedEffect: `PD runs no operator on region ${regionId}`,
    entities: [`region/${regionId}`],
    stops: [],
  }),
  async run({ pd }: TikvClient, { regionId }, signal) {
    await pd.change(cancelled(regionId), signal);
    return `Cancelled the operator on region ${regionId}`;
  },
  postCondition: async ({ pd }, { regionId }, signal) => !isRunning(await pd.operatorOf(`${regionId}`, signal)),
});

/** Whether an operator's status says that it is not over. */
export function isRunning(status: string | undefined): boolean {
  return status !== undefined && /status: (?:RUNNING|CREATED|STARTED)/i.test(status);
}

function hasReplica({ peers }: Region, storeId: number): boolean {
  return peers.some((peer) => peer.storeId === `${storeId}`);
}

/** Whether a replica is there that votes: a new one is a learner until it has caught up. */
function hasVoter({ peers }: Region, storeId: number): boolean {
  return peers.some((peer) => peer.storeId === `${storeId}` && !peer.isLearner);
}

interface Wanted {
  readonly regionId: number;
  readonly isSo: (region: Region) => boolean;
}

/** Whether a region is as it was to be and no person's operator runs on it any more: until then PD takes no other one. */
async function isDone(pd: PdClient, { regionId, isSo }: Wanted, signal: AbortSignal): Promise<boolean> {
  if (!isSo(await pd.region(`${regionId}`, signal))) return false;
  return !isRunningForPerson(await pd.operatorOf(`${regionId}`, signal));
}

function isRunningForPerson(status: string | undefined): boolean {
  return isRunning(status) && status?.includes("operator: admin-") === true;
}

/** A region on which no operator of a person runs any more: one that does is cancelled. PD's own are left to it. */
async function interrupted(pd: PdClient, regionId: number, signal: AbortSignal): Promise<Region> {
  if (isRunningForPerson(await pd.operatorOf(`${regionId}`, signal))) {
    try {
      await pd.change(cancelled(regionId), signal);
    } catch (error) {
      // It has ended in between.
      if (!messageOf(error).includes("operator not found")) throw error;
    }
  }
  return await pd.region(`${regionId}`, signal);
}

interface Withdrawal {
  readonly region: Region;
  readonly storeId: number;
}

/** Takes a new replica away again, however far it has come. */
async function withdrawn(pd: PdClient, { region, storeId }: Withdrawal, signal: AbortSignal): Promise<string> {
  const { id } = region;
  if (!hasReplica(region, storeId)) return `Region ${id} has no replica on store/${storeId}, as before`;
  try {
    await pd.change(removed(Number(id), storeId), signal);
    return `Asked PD to remove the replica of region ${id} on store/${storeId} again`;
  } catch (error) {
    const isGone = messageOf(error).includes("has no peer in store");
    // Of one that was cancelled halfway PD removes the rest by itself, at once.
    if (!isGone && !messageOf(error).includes("ErrAddOperator")) throw error;
    return `PD removes the replica of region ${id} on store/${storeId} by itself`;
  }
}

/** Sends one operator of `POST /operators` (`server/api/operator.go`); ids are numbers, names in snake case. */
export function operator(body: Readonly<Record<string, string | number>>): PdChange {
  return { method: "POST", path: "/operators", body };
}

function leaderTo(regionId: number, storeId: number): PdChange {
  return operator({ name: "transfer-leader", region_id: regionId, to_store_id: storeId });
}

function peerTo(regionId: number, from: number, to: number): PdChange {
  return operator({ name: "transfer-peer", region_id: regionId, from_store_id: from, to_store_id: to });
}

function added(regionId: number, storeId: number): PdChange {
  return operator({ name: "add-peer", region_id: regionId, store_id: storeId });
}

function removed(regionId: number, storeId: number): PdChange {
  return operator({ name: "remove-peer", region_id: regionId, store_id: storeId });
}

function cancelled(regionId: number): PdChange {
  return { method: "DELETE", path: `/operators/${regionId}` };
}
