/** Faults of processes: a store or a PD dies, hangs, or dies again and again. */

import * as v from "valibot";
import { defineFault, type Fault } from "../../../../core/subject/fault.ts";
import { ActionError } from "../../../../core/text/errors.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import { systemClock } from "../../../../io/clock.ts";
import { stopRunning, type TikvLab } from "../client.ts";
import { eventually } from "../eventually.ts";
import { ComponentName, Victim } from "../victim.ts";

/** What the others may show while a store is away: its leaders are elected anew, and the rest serve what it served. */
export const STORE_AWAY = [
  "region-health",
  "replication",
  "read-latency",
  "write-latency",
  "raft-lag",
  "hot-spot",
  "pool-saturation",
  "slow-score",
  "server-busy",
  "clock",
] as const;

/** What shows while PD has no leader, and for some time after. */
export const PD_AWAY = [
  "pd-quorum",
  "store-up",
  "clock",
  "scheduling-backlog",
  "region-health",
  "replication",
] as const;

/** A store dies without warning and stays dead. */
export const storeKill: Fault<TikvLab> = defineFault({
  id: "store-kill",
  description: "Kill one store and leave it dead",
  truth: {
    component: "victim",
    mechanism: "crash",
    trips: ["store-up"],
    mayTrip: STORE_AWAY,
    signalLagMs: 0,
    fixedBy: ["start-component", "restart-component"],
    decoys: ["drain-store", "set-schedule-config"],
    emulated: false,
  },
  input: Victim,
  choose: async (lab: TikvLab, options) => ({ victim: lab.chooseStore(options) }),
  inject: (lab, { victim }, signal) => lab.processes.kill(victim, signal),
  isInjected: (lab, { victim }, signal) => eventually(async () => (await lab.stateOf(victim)) === "exited", signal),
  heal: (lab, { victim }, signal) => lab.processes.start(victim, signal),
  healed: (lab, { victim }, signal) => eventually(() => lab.answers(victim, signal), signal),
});

/** A store stops answering without ending: its connections stay open. */
export const storeHang: Fault<TikvLab> = defineFault({
  id: "store-hang",
  description: "Stop one store's process without ending it",
  truth: {
    component: "victim",
    mechanism: "hang",
    trips: ["store-up"],
    mayTrip: STORE_AWAY,
    signalLagMs: 1500,
    fixedBy: ["resume-component", "restart-component"],
    decoys: ["drain-store", "start-component"],
    emulated: false,
  },
  input: Victim,
  choose: async (lab: TikvLab, options) => ({ victim: lab.chooseStore(options) }),
  inject: (lab, { victim }, signal) => lab.processes.hang(victim, signal),
  isInjected: (lab, { victim }, signal) => eventually(async () => (await lab.stateOf(victim)) === "hung", signal),
  heal: revive,
  healed: (lab, { victim }, signal) => eventually(() => lab.answers(victim, signal), signal),
});

const CRASH_LOOP = "store-crash-loop";

/** Milliseconds that the store lives each time. */
const LIVES_MS = 3000;

/** A store dies whenever it has been started. */
export const storeCrashLoop: Fault<TikvLab> = defineFault({
  id: CRASH_LOOP,
  description: `Kill one store, and again ${LIVES_MS / 1000} s after each start`,
  truth: {
    component: "victim",
    mechanism: "crash",
    trips: ["store-up"],
    mayTrip: STORE_AWAY,
    signalLagMs: 0,
    fixedBy: [],
    decoys: ["drain-store"],
    emulated: false,
  },
  input: Victim,
  choose: async (lab: TikvLab, options) => ({ victim: lab.chooseStore(options) }),
  async inject(lab, { victim }) {
    const ending = new AbortController();
    lab.running.set(CRASH_LOOP, { stop: () => ending.abort(), ended: killAgain(lab, victim, ending.signal) });
  },
  isInjected: (lab, { victim }, signal) => eventually(async () => (await lab.stateOf(victim)) === "exited", signal),
  async heal(lab, { victim }, signal) {
    await stopRunning(lab, CRASH_LOOP);
    await lab.processes.start(victim, signal);
  },
  healed: (lab, { victim }, signal) => eventually(() => lab.answers(victim, signal), signal),
});

/** The leader of PD dies; another member takes over after twelve seconds. */
export const pdLeaderKill: Fault<TikvLab> = defineFault({
  id: "pd-leader-kill",
  description: "Kill the leader of PD and leave it dead",
  truth: {
    component: "victim",
    mechanism: "crash",
    trips: ["pd-up"],
    mayTrip: PD_AWAY,
    signalLagMs: 0,
    fixedBy: ["start-component", "restart-component"],
    decoys: ["drain-store"],
    emulated: false,
  },
  input: Victim,
  choose: async (lab: TikvLab, { target, signal }) => ({
    victim: target === undefined ? await lab.leader(signal) : lab.component(target).id,
  }),
  inject: (lab, { victim }, signal) => lab.processes.kill(victim, signal),
  isInjected: (lab, { victim }, signal) => eventually(async () => (await lab.stateOf(victim)) === "exited", signal),
  heal: (lab, { victim }, signal) => lab.processes.start(victim, signal),
  healed: async (lab, { victim }, signal) =>
    (await eventually(() => lab.answers(victim, signal), signal)) && (await lab.hasLeader(signal)),
});

/** So many members of PD die that no leader can be elected. */
export const pdQuorumLoss: Fault<TikvLab> = defineFault({
  id: "pd-quorum-loss",
  description: "Kill a majority of PD's members, so that no leader can be elected",
  truth: {
    component: "victim",
    alike: "others",
    mechanism: "crash",
    trips: ["pd-quorum", "pd-up"],
    mayTrip: PD_AWAY,
    signalLagMs: 6000,
    fixedBy: ["start-component", "restart-component"],
    decoys: ["drain-store", "transfer-leader"],
    emulated: false,
  },
  input: v.object({ victim: ComponentName, others: v.array(ComponentName) }),
  async choose(lab: TikvLab, { random }) {
    const shuffled = lab.pds.map(({ id }) => ({ id, by: random() })).toSorted((a, b) => a.by - b.by);
    const [victim, ...others] = shuffled.slice(0, Math.ceil(shuffled.length / 2)).map(({ id }) => id);
    if (victim === undefined) throw new ActionError(`Cannot choose members of PD: "${lab.deployment.id}" has none`);
    return { victim, others };
  },
  async inject(lab, { victim, others }, signal) {
    for (const id of [victim, ...others]) await lab.processes.kill(id, signal);
  },
  isInjected: (lab, { victim }, signal) => eventually(async () => (await lab.stateOf(victim)) === "exited", signal),
  async heal(lab, { victim, others }, signal) {
    for (const id of [victim, ...others]) await lab.processes.start(id, signal);
  },
  healed: (lab, _input, signal) => lab.hasLeader(signal),
});

/** A repair may have restarted or ended the component meanwhile, so that resuming alone would not be enough. */
async function revive(lab: TikvLab, { victim }: { victim: ComponentId }, signal: AbortSignal): Promise<void> {
  if ((await lab.stateOf(victim)) === "hung") await lab.processes.resume(victim, signal);
  await lab.processes.start(victim, signal);
}

async function killAgain(lab: TikvLab, victim: ComponentId, signal: AbortSignal): Promise<void> {
  await lab.processes.kill(victim);
  while (!signal.aborted) {
    const isUp = (await lab.stateOf(victim)) === "running";
    await systemClock.sleep(isUp ? LIVES_MS : 200, signal).catch(() => undefined);
    if (isUp && !signal.aborted) await lab.processes.kill(victim);
  }
}
