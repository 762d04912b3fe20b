/** Faults of PD's configuration: what a person or a script has set wrong. */

import * as v from "valibot";
import { defineFault, type Fault } from "../../../../core/subject/fault.ts";
import type { TikvLab } from "../client.ts";
import { eventually } from "../eventually.ts";

const CLUSTER = "cluster/tikv";
const SCHEDULER = "balance-leader-scheduler";
const LIMIT = "leader-schedule-limit";

/** A scheduler was removed, and leaders are balanced no more. */
export const schedulerRemoved: Fault<TikvLab> = defineFault({
  id: "scheduler-removed",
  description: `Remove the ${SCHEDULER}`,
  truth: {
    component: CLUSTER,
    mechanism: "configuration-change",
    trips: ["scheduling-backlog"],
    mayTrip: ["hot-spot"],
    signalLagMs: 5000,
    fixedBy: ["add-scheduler", "restore-scheduling"],
    decoys: ["restart-component", "drain-store"],
    emulated: false,
  },
  input: v.object({}),
  choose: async () => ({}),
  async inject({ pd }: TikvLab, _input, signal) {
    await pd.change({ method: "DELETE", path: `/schedulers/${SCHEDULER}` }, signal);
  },
  isInjected: async ({ pd }, _input, signal) => !(await pd.schedulers(signal)).includes(SCHEDULER),
  async heal({ pd }, _input, signal) {
    if ((await pd.schedulers(signal)).includes(SCHEDULER)) return;
    await pd.change({ method: "POST", path: "/schedulers", body: { name: SCHEDULER } }, signal);
  },
  healed: ({ pd }, _input, signal) => eventually(async () => (await pd.schedulers(signal)).includes(SCHEDULER), signal),
});

/** A limit of PD's is zero, and nothing of its kind is scheduled. */
export const limitZero: Fault<TikvLab> = defineFault({
  id: "limit-zero",
  description: `Set ${LIMIT} to 0`,
  truth: {
    component: CLUSTER,
    mechanism: "configuration-change",
    trips: ["scheduling-backlog"],
    mayTrip: ["hot-spot"],
    signalLagMs: 5000,
    fixedBy: ["set-schedule-config", "restore-scheduling"],
    decoys: ["restart-component", "drain-store"],
    emulated: false,
  },
  input: v.object({ former: v.number() }),
  choose: async ({ pd }: TikvLab, { signal }) => ({ former: (await pd.scheduleConfig(signal))[LIMIT] }),
  inject: ({ pd }, _input, signal) => setLimit({ pd }, 0, signal),
  isInjected: async ({ pd }, _input, signal) => (await pd.scheduleConfig(signal))[LIMIT] === 0,
  heal: ({ pd }, { former }, signal) => setLimit({ pd }, former, signal),
  healed: ({ pd }, { former }, signal) =>
    eventually(async () => (await pd.scheduleConfig(signal))[LIMIT] === former, signal),
});

/** More replicas are wanted than there are stores. */
export const replicasRaised: Fault<TikvLab> = defineFault({
  id: "replicas-raised",
  description: "Ask PD for two more replicas of each region than there are stores",
  truth: {
    component: CLUSTER,
    mechanism: "configuration-change",
    trips: ["replication"],
    // Where stores have no replica of a region yet, PD makes new ones, which are behind until they have caught up.
    mayTrip: ["region-health", "raft-lag"],
    signalLagMs: 5000,
    fixedBy: [],
    decoys: ["restart-component", "drain-store"],
    emulated: false,
  },
  input: v.object({ former: v.number(), wanted: v.number() }),
  async choose({ pd, stores }: TikvLab, { signal }) {
    return { former: (await pd.replicateConfig(signal))["max-replicas"], wanted: stores.length + 2 };
  },
  inject: ({ pd }, { wanted }, signal) => setReplicas({ pd }, wanted, signal),
  isInjected: async ({ pd }, { wanted }, signal) => (await pd.replicateConfig(signal))["max-replicas"] === wanted,
  heal: ({ pd }, { former }, signal) => setReplicas({ pd }, former, signal),
  healed: ({ pd }, { former }, signal) =>
    eventually(async () => (await pd.replicateConfig(signal))["max-replicas"] === former, signal),
});

async function setLimit({ pd }: Pick<TikvLab, "pd">, value: number, signal: AbortSignal): Promise<void> {
  await pd.change({ method: "POST", path: "/config", body: { [`schedule.${LIMIT}`]: value } }, signal);
}

async function setReplicas({ pd }: Pick<TikvLab, "pd">, value: number, signal: AbortSignal): Promise<void> {
  await pd.change({ method: "POST", path: "/config", body: { "replication.max-replicas": value } }, signal);
}
