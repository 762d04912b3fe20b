/** TiKV's lab: how an emulated cluster is run, broken and loaded on purpose. Nothing that watches, diagnoses or fixes imports it. */

import { defineLab, type Lab } from "../../../deployments/lab.ts";
import { tikvEndpoints } from "../recipes/endpoints.ts";
import { upFlags } from "../recipes/flags.ts";
import { TikvLab } from "./client.ts";
import { limitZero, replicasRaised, schedulerRemoved } from "./faults/configuration.ts";
import { clockSkew, diskFill, storeSlow, storeStarved, versionSkew, writeStall } from "./faults/machine.ts";
import { networkDelay, peerPartition, storePartition } from "./faults/network.ts";
import { pdLeaderKill, pdQuorumLoss, storeCrashLoop, storeHang, storeKill } from "./faults/process.ts";
import { hotRegion } from "./faults/traffic.ts";
import { loadFlags } from "./workload.ts";

/** Recipe, faults and traffic of a cluster. */
export const tikvLab: Lab = defineLab({
  subject: "tikv",
  up: upFlags,
  endpoints: tikvEndpoints,
  connect: async (deployment) => new TikvLab(deployment),
  faults: [
    storeKill,
    storeHang,
    storeCrashLoop,
    storePartition,
    peerPartition,
    storeSlow,
    storeStarved,
    diskFill,
    writeStall,
    hotRegion,
    pdLeaderKill,
    pdQuorumLoss,
    networkDelay,
    clockSkew,
    schedulerRemoved,
    limitZero,
    replicasRaised,
    versionSkew,
  ],
  ownTrafficOnly: true,
  targets: ({ components }) => components.filter(({ kind }) => kind === "store"),
  load: loadFlags,
  strength: { ratePerSecond: 300, keys: 1000 },
  ordinary: { ratePerSecond: 300, keys: 1000 },
});
