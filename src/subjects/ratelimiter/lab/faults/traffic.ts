/** Faults of traffic: too much at once, or too much of one key. */

import * as v from "valibot";
import { defineFault, type Fault, type GroundTruth } from "../../../../core/subject/fault.ts";
import type { Workload } from "../../../../core/subject/workload.ts";
import { systemClock } from "../../../../io/clock.ts";
import { type LoadOptions, runLoad } from "../../../../load/run.ts";
import { readTarget } from "../../../../load/target.ts";
import { type LimiterLab, stopRunning } from "../client.ts";
import { checks } from "../workload.ts";

const Sending = v.object({ seed: v.number(), strength: v.number() });

/** The clients as a component, so that load can be a cause. */
const CLIENTS = "clients/all";

/** Default traffic of a fault. */
export const TRAFFIC: Omit<LoadOptions, "seed" | "workload" | "targets"> = {
  pattern: "steady",
  ratePerSecond: 200,
  forMs: 3_600_000,
  factor: 10,
  everyMs: 5000,
  burstMs: 1000,
  windowMs: 10_000,
  keys: 50,
  closed: false,
  connections: 64,
  timeoutMs: 1000,
};

const HARMLESS: GroundTruth = {
  component: CLIENTS,
  mechanism: "load-surge",
  trips: [],
  mayTrip: ["latency-p99", "hot-key"],
  signalLagMs: 0,
  fixedBy: [],
  decoys: ["restart-component", "roll-out-config"],
  emulated: false,
};

/** Bursts that a healthy limiter withstands: a control, which must trip nothing. */
export const burst: Fault<LimiterLab> = traffic({
  id: "burst",
  description: "Multiply the traffic by ten for one second in five, which a healthy limiter withstands",
  truth: HARMLESS,
  load: { pattern: "burst" },
});

const HOT_PER_SECOND = 400;

/** One key takes most of the traffic. */
export const hotKey: Fault<LimiterLab> = traffic({
  id: "hot-key",
  description: "Send most of the traffic to one key",
  truth: {
    ...HARMLESS,
    mechanism: "skewed-load",
    trips: ["hot-key"],
    mayTrip: ["latency-p99"],
    signalLagMs: 3000,
    fixedBy: ["block-key", "set-limit"],
  },
  load: { pattern: "hot-key", hotRatio: 0.9, ratePerSecond: HOT_PER_SECOND },
  stronger: (strength) => ({ ratePerSecond: HOT_PER_SECOND * strength }),
});

/** More traffic than the nodes can take without waiting. */
export const loadSurge: Fault<LimiterLab> = traffic({
  id: "load-surge",
  description: "Send checks as fast as answers arrive, over two thousand connections",
  truth: {
    ...HARMLESS,
    trips: ["latency-p99"],
    mayTrip: ["node-stalled", "hot-key", "redis-connected", "counter-drift", "node-reachable", "ghost-allowing"],
    signalLagMs: 3000,
  },
  load: { closed: true, connections: 2000, keys: 10_000 },
});

interface TrafficFault {
  readonly id: string;
  readonly description: string;
  readonly truth: GroundTruth;
  readonly load: Partial<typeof TRAFFIC>;
  /** Traffic at a strength above 1. @default the same at every strength */
  readonly stronger?: (strength: number) => Partial<typeof TRAFFIC>;
}

/** Traffic that this process sends while the fault is in force; it ends with the process, so it needs no lease. */
function traffic({ id, description, truth, load, stronger = () => ({}) }: TrafficFault): Fault<LimiterLab> {
  return defineFault({
    id,
    description,
    truth,
    input: Sending,
    choose: async (_lab: LimiterLab, { random, strength = 1 }) => ({ seed: Math.floor(random() * 2 ** 32), strength }),
    inject: async (lab, { seed, strength }) =>
      send(lab, id, { load: { ...TRAFFIC, ...load, ...stronger(strength), seed } }),
    isInjected: async (lab) => lab.running.has(id),
    heal: (lab) => stopRunning(lab, id),
    healed: async (lab) => !lab.running.has(id),
  });
}

interface Sent {
  readonly load: Omit<LoadOptions, "workload" | "targets">;
  /** @default checks of the ordinary keys */
  readonly workload?: Workload;
}

/** Starts traffic under a name. */
export function send(lab: LimiterLab, name: string, { load, workload = checks({ check: false }) }: Sent): void {
  const sending = new AbortController();
  const targets = lab.nodes.map(({ address }) => readTarget(address));
  const ended = runLoad({ ...load, workload, targets }, { clock: systemClock, signal: sending.signal });
  lab.running.set(name, { stop: () => sending.abort(), ended });
}
