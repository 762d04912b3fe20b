/** Faults of a store's machine, or of a PD's: only an emulator can set their causes. The metrics follow by themselves. */

import * as v from "valibot";
import { defineFault, type Fault, type GroundTruth } from "../../../../core/subject/fault.ts";
import { HEALTHY, setPdCauses, setStoreCauses } from "../../../../emulators/tikv/control.ts";
import type { StoreCauses } from "../../../../emulators/tikv/protocol.ts";
import type { TikvLab } from "../client.ts";
import { eventually } from "../eventually.ts";
import { ComponentName } from "../victim.ts";

interface MachineFault {
  readonly id: string;
  readonly description: string;
  readonly causes: StoreCauses;
  /** The causes at a strength above 1. @default they are the same at every strength */
  readonly stronger?: (strength: number) => StoreCauses;
  /** Whether it bites by what the store is asked for: the same requests are fewer for each of many stores. @default {false} */
  readonly byLoad?: boolean;
  readonly truth: Pick<GroundTruth, "mechanism" | "trips" | "mayTrip" | "signalLagMs" | "fixedBy" | "decoys">;
}

/** Stores among which the requests are shared where the causes are as they are written here. */
const STORES = 3;

/** A cause in the machine of one store. */
function machine({
  id,
  description,
  causes,
  stronger = () => causes,
  byLoad = false,
  truth,
}: MachineFault): Fault<TikvLab> {
  const former: StoreCauses = Object.fromEntries(Object.keys(causes).map((name) => [name, Reflect.get(HEALTHY, name)]));
  return defineFault({
    id,
    description,
    truth: { ...truth, component: "victim", emulated: true },
    input: v.object({ victim: ComponentName, strength: v.number() }),
    choose: async (lab: TikvLab, options) => ({
      victim: lab.chooseStore(options),
      strength: (options.strength ?? 1) * (byLoad ? Math.max(1, lab.stores.length / STORES) : 1),
    }),
    async inject(lab, { victim, strength }, signal) {
      await setStoreCauses(lab.component(victim).address, stronger(strength), signal);
    },
    isInjected: (lab, { victim, strength }, signal) => isSet(lab.component(victim).address, stronger(strength), signal),
    async heal(lab, { victim }, signal) {
      await setStoreCauses(lab.component(victim).address, former, signal).catch(() => undefined);
      await letLead(lab, victim, signal);
    },
    healed: (lab, { victim }, signal) => eventually(() => isSet(lab.component(victim).address, former, signal), signal),
  });
}

const EVICT_SLOW = "evict-slow-store-scheduler";

/** PD keeps the leaders of a store that was slow away for half an hour: it forgets that with its scheduler. */
async function letLead({ pd }: TikvLab, victim: string, signal: AbortSignal): Promise<void> {
  const id = victim.slice("store/".length);
  await eventually(async () => ((await pd.store(id, signal)).slowScore ?? 1) < 100, signal);
  if ((await pd.schedulers(signal)).includes(EVICT_SLOW)) {
    await pd.change({ method: "DELETE", path: `/schedulers/${EVICT_SLOW}` }, signal);
  }
  await eventually(async () => !(await pd.schedulers(signal)).includes(EVICT_SLOW), signal);
  await Bun.sleep(FORGETS_MS);
  await pd.change({ method: "POST", path: "/schedulers", body: { name: EVICT_SLOW } }, signal);
}

/** Milliseconds in which PD schedules once without it. */
const FORGETS_MS = 1000;

async function isSet(address: string, wanted: StoreCauses, signal: AbortSignal): Promise<boolean> {
  const inForce = await setStoreCauses(address, {}, signal);
  return Object.entries(wanted).every(([name, value]) => Reflect.get(inForce, name) === value);
}

/** The disk of one store becomes slow. */
export const storeSlow: Fault<TikvLab> = machine({
  id: "store-slow",
  description: "Slow down each append to one store's disk to 400 ms",
  causes: { appendSeconds: 0.4 },
  stronger: (strength) => ({ appendSeconds: 0.4 * strength }),
  truth: {
    mechanism: "slow-dependency",
    trips: ["slow-score", "write-latency"],
    mayTrip: ["read-latency", "server-busy", "raft-lag", "region-health", "hot-spot", "pool-saturation", "write-flow"],
    signalLagMs: 30_000,
    fixedBy: ["drain-store"],
    decoys: ["restart-component", "start-component"],
  },
});

/** Others have taken the disk of one store. */
export const diskFill: Fault<TikvLab> = machine({
  id: "disk-fill",
  description: "Fill the disk of one store until a tenth is left",
  causes: { foreignBytes: 70 * 1024 ** 3 },
  truth: {
    mechanism: "resource-exhaustion",
    trips: ["disk-space"],
    mayTrip: [],
    signalLagMs: 3000,
    fixedBy: [],
    decoys: ["restart-component", "drain-store"],
  },
});

/** Compaction of one store cannot keep up with what is written. */
export const writeStall: Fault<TikvLab> = machine({
  id: "write-stall",
  description: "Slow down compaction of one store to 1 kB/s",
  causes: { compactionBytesPerSecond: 1000 },
  stronger: (strength) => ({ compactionBytesPerSecond: 1000 / strength }),
  truth: {
    mechanism: "saturation",
    trips: ["write-flow", "server-busy"],
    mayTrip: ["write-latency", "hot-spot"],
    signalLagMs: 40_000,
    fixedBy: ["drain-store"],
    decoys: ["restart-component", "start-component"],
  },
});

/** Others take the processors of one store. */
export const storeStarved: Fault<TikvLab> = machine({
  id: "store-starved",
  description: "Leave one store a thousandth of its CPU, and less in proportion where there are more than three stores",
  causes: { cpuFactor: 1000 },
  byLoad: true,
  stronger: (strength) => ({ cpuFactor: 1000 * strength }),
  truth: {
    mechanism: "saturation",
    trips: ["pool-saturation", "read-latency"],
    mayTrip: ["write-latency", "server-busy", "hot-spot", "slow-score", "raft-lag"],
    signalLagMs: 20_000,
    fixedBy: ["drain-store"],
    decoys: ["restart-component", "start-component"],
  },
});

/** One store runs another version than the others. */
export const versionSkew: Fault<TikvLab> = machine({
  id: "version-skew",
  description: "Let one store run version 8.1.0",
  causes: { version: "8.1.0" },
  truth: {
    mechanism: "configuration-change",
    trips: ["version-agreement"],
    mayTrip: [],
    // A store's heartbeat comes every ten seconds, and PD is asked every ten.
    signalLagMs: 21_000,
    fixedBy: [],
    decoys: ["restart-component"],
  },
});

const SKEW_MS = 60_000;

/** The clock of PD's leader is ahead. */
export const clockSkew: Fault<TikvLab> = defineFault({
  id: "clock-skew",
  description: `Turn the clock of PD's leader ahead by ${SKEW_MS / 1000} s`,
  truth: {
    component: "victim",
    mechanism: "clock-skew",
    trips: ["clock"],
    mayTrip: ["store-up", "region-health"],
    signalLagMs: 21_000,
    fixedBy: ["restart-component"],
    decoys: ["drain-store", "start-component"],
    emulated: true,
  },
  input: v.object({ victim: ComponentName, offsetMs: v.number() }),
  choose: async (lab: TikvLab, { target, strength = 1, signal }) => ({
    victim: target === undefined ? await lab.leader(signal) : lab.component(target).id,
    offsetMs: Math.round(SKEW_MS * strength),
  }),
  async inject(lab, { victim, offsetMs }, signal) {
    await setPdCauses(lab.component(victim).address, { clockOffsetMs: offsetMs }, signal);
  },
  isInjected: async (lab, { victim, offsetMs }, signal) =>
    (await setPdCauses(lab.component(victim).address, {}, signal)).clockOffsetMs === offsetMs,
  async heal(lab, { victim }, signal) {
    await setPdCauses(lab.component(victim).address, { clockOffsetMs: 0 }, signal);
  },
  healed: (lab, { victim }, signal) =>
    eventually(async () => (await setPdCauses(lab.component(victim).address, {}, signal)).clockOffsetMs === 0, signal),
});
