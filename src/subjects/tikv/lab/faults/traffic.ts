/** Faults of those who ask: all of it in one range. */

import * as v from "valibot";
import { defineFault, type Fault } from "../../../../core/subject/fault.ts";
import { systemClock } from "../../../../io/clock.ts";
import { type LoadOptions, runLoad } from "../../../../load/run.ts";
import { readTarget, type Target } from "../../../../load/target.ts";
import { stopRunning, type TikvLab } from "../client.ts";
import { ONE_RANGE, readsAndWrites } from "../workload.ts";

const HOT_REGION = "hot-region";

/** What a traffic fault sends unless it says otherwise. */
export const TRAFFIC: Omit<LoadOptions, "seed" | "workload" | "targets"> = {
  pattern: "steady",
  ratePerSecond: 900,
  forMs: 3_600_000,
  factor: 10,
  everyMs: 5000,
  burstMs: 1000,
  windowMs: 10_000,
  keys: 1000,
  closed: false,
  connections: 64,
  timeoutMs: 5000,
};

/** Where requests go: all stores in turn, each of which passes on to the leader. */
export function targetsOf({ stores }: Pick<TikvLab, "stores">): readonly Target[] {
  return stores.map(({ address }) => readTarget(address));
}

/** One range is asked for far more than all others: its leader's store serves most of the traffic. */
export const hotRegion: Fault<TikvLab> = defineFault({
  id: HOT_REGION,
  description: "Send several times the usual traffic to one range of keys",
  truth: {
    component: "clients/all",
    mechanism: "skewed-load",
    trips: ["hot-spot"],
    mayTrip: [
      "pool-saturation",
      "write-latency",
      "read-latency",
      "server-busy",
      "write-flow",
      "raft-lag",
      "slow-score",
    ],
    signalLagMs: 12_000,
    fixedBy: ["split-region"],
    decoys: ["restart-component", "drain-store"],
    emulated: false,
  },
  input: v.object({ seed: v.number() }),
  choose: async (_lab: TikvLab, { random }) => ({ seed: Math.floor(random() * 2 ** 32) }),
  async inject(lab, { seed }) {
    const sending = new AbortController();
    const options = { ...TRAFFIC, seed, workload: readsAndWrites({ range: ONE_RANGE }), targets: targetsOf(lab) };
    lab.running.set(HOT_REGION, {
      stop: () => sending.abort(),
      ended: runLoad(options, { clock: systemClock, signal: sending.signal }),
    });
  },
  isInjected: async (lab) => lab.running.has(HOT_REGION),
  heal: (lab) => stopRunning(lab, HOT_REGION),
  healed: async (lab) => !lab.running.has(HOT_REGION),
});
