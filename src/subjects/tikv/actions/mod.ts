/** What may be done to a cluster over PD's API. */

import type { UnboundAction } from "../../../core/subject/action.ts";
import type { TikvClient } from "../client/client.ts";
import { drainStore, undrainStore } from "./drain-store.ts";
import { keepStore } from "./keep-store.ts";
import { addPeer, cancelOperator, removePeer, transferLeader, transferPeer } from "./move-replicas.ts";
import { mergeRegion, scatterRegion, splitRegion } from "./reshape-regions.ts";
import { restoreScheduling } from "./restore-scheduling.ts";
import { addScheduler, setScheduleConfig } from "./scheduling.ts";
import { setStoreLimit, setStoreWeight } from "./store-settings.ts";

/** All actions of the subject. */
export const actions: readonly UnboundAction<TikvClient>[] = [
  transferLeader,
  transferPeer,
  addPeer,
  removePeer,
  splitRegion,
  mergeRegion,
  scatterRegion,
  drainStore,
  undrainStore,
  setStoreWeight,
  setStoreLimit,
  cancelOperator,
  setScheduleConfig,
  addScheduler,
  restoreScheduling,
  keepStore,
];
