/** Inspections of PD: its settings, schedulers and what it is doing, of the whole cluster. */

import { type Inspection, jsonOf } from "../../../core/subject/inspection.ts";
import type { TikvClient } from "../client/client.ts";
import type { RegionCheck } from "../client/pd-client.ts";
import { CLUSTER } from "../topology.ts";

type PdInspection = Inspection<Pick<TikvClient, "pd">>;

const isCluster: PdInspection["appliesTo"] = (component) => component === CLUSTER;

const config: PdInspection = {
  id: "config",
  description: "How PD is told to schedule and to replicate.",
  cost: "cheap",
  timeoutMs: 3000,
  appliesTo: isCluster,
  compared: "changes",
  async read({ pd }, _component, signal) {
    const [schedule, replication] = await Promise.all([
      pd.raw("/config/schedule", signal),
      pd.raw("/config/replicate", signal),
    ]);
    return jsonOf({ schedule, replication });
  },
};

const schedulers: PdInspection = {
  id: "schedulers",
  description: "The schedulers that PD runs, and those that are paused.",
  cost: "cheap",
  timeoutMs: 3000,
  appliesTo: isCluster,
  compared: "changes",
  async read({ pd }, _component, signal) {
    const [running, paused] = await Promise.all([pd.schedulers(signal), pd.pausedSchedulers(signal)]);
    return { running: running.toSorted(), paused: paused.toSorted() };
  },
};

const operators: PdInspection = {
  id: "operators",
  description: "What PD is moving now, region by region.",
  cost: "cheap",
  timeoutMs: 3000,
  appliesTo: isCluster,
  read: async ({ pd }, _component, signal) => jsonOf(await pd.operators(signal)),
};

const hotRegions: PdInspection = {
  id: "hot-regions",
  description: "The regions with the most writes and reads per second, by the stores that lead them.",
  cost: "costly",
  timeoutMs: 4000,
  appliesTo: isCluster,
  async read({ pd }, _component, signal) {
    const [write, read] = await Promise.all([pd.hotspots("write", signal), pd.hotspots("read", signal)]);
    const hottest = (stores: typeof write) =>
      stores
        .flatMap(({ regions }) => regions)
        .toSorted((a, b) => b.bytesPerSecond - a.bytesPerSecond)
        .slice(0, 10);
    return jsonOf({ write: hottest(write), read: hottest(read) });
  },
};

/** A list of regions, up to the byte cap of the client. */
function regionsOf(check: RegionCheck, description: string): PdInspection {
  return {
    id: `${check}-regions`,
    description,
    cost: "costly",
    timeoutMs: 4000,
    appliesTo: isCluster,
    async read({ pd }, _component, signal) {
      const { items, isWhole } = await pd.regionsOf(check, signal);
      return jsonOf({ isWhole, regions: items.slice(0, 20) });
    },
  };
}

/** Of the cluster, by PD. */
export const pdInspections: readonly PdInspection[] = [
  config,
  schedulers,
  operators,
  hotRegions,
  regionsOf("down-peer", "Regions with a replica down."),
  regionsOf("miss-peer", "Regions with too few replicas."),
  regionsOf("pending-peer", "Regions with a replica that is behind."),
];
