/** A store as PD's register shows it while all is well. */

import type { ReadStore } from "../../../src/subjects/tikv/observation.ts";

/** A store that is up and leads nothing, but for what is told. */
export function aReadStore(shown: Partial<ReadStore> = {}): ReadStore {
  return {
    id: "1",
    address: "a:1",
    statusAddress: "a:2",
    version: "8.5.7",
    labels: {},
    state: "Up",
    isDestroyed: false,
    leaderCount: 0,
    leaderWeight: 1,
    regionCount: 0,
    regionWeight: 1,
    pendingPeerCount: 0,
    isBusy: false,
    ...shown,
  };
}
