/** Faults of the ways between stores and PD. */

import * as v from "valibot";
import { defineFault, type Fault } from "../../../../core/subject/fault.ts";
import { ActionError } from "../../../../core/text/errors.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import type { LinkId } from "../../../../deployments/deployment.ts";
import { systemClock } from "../../../../io/clock.ts";
import { runLoad } from "../../../../load/run.ts";
import { stopRunning, type TikvLab } from "../client.ts";
import { eventually } from "../eventually.ts";
import { ComponentName, Victim } from "../victim.ts";
import { keyName, RANGES, readsAndWrites } from "../workload.ts";
import { STORE_AWAY } from "./process.ts";
import { TRAFFIC, targetsOf } from "./traffic.ts";

/** Milliseconds each way: a write waits for the second fastest of three. */
const DELAY_MS = 700;

/** A store is cut off from PD and from the other stores; who asks its status port still reaches it. */
export const storePartition: Fault<TikvLab> = defineFault({
  id: "store-partition",
  description: "Cut one store off from PD and from the other stores",
  truth: {
    component: "victim",
    mechanism: "partition",
    trips: ["store-up", "region-health"],
    mayTrip: STORE_AWAY,
    // PD calls it disconnected after 20 s, and is asked every ten; its replicas are reported after 30.
    signalLagMs: 32_000,
    fixedBy: ["reconnect-component"],
    decoys: ["restart-component", "start-component"],
    emulated: false,
  },
  input: Victim,
  choose: async (lab: TikvLab, options) => ({ victim: lab.chooseStore(options) }),
  inject: (lab, { victim }, signal) => each(allLinks(lab, victim), (link) => lab.links.cut(link, signal)),
  isInjected: async (lab, { victim }, signal) => !(await passesAny(lab, allLinks(lab, victim), signal)),
  heal: (lab, { victim }, signal) => each(allLinks(lab, victim), (link) => lab.links.heal(link, signal)),
  healed: (lab, { victim }, signal) => eventually(() => passesAll(lab, allLinks(lab, victim), signal), signal),
});

const PEER_PARTITION = "peer-partition";

/** A store is cut off from the other stores only, while one range is written to: it falls behind. */
export const peerPartition: Fault<TikvLab> = defineFault({
  id: PEER_PARTITION,
  description: "Cut one store off from the other stores, and write to a range that it has a replica of",
  truth: {
    component: "victim",
    mechanism: "partition",
    trips: ["raft-lag"],
    mayTrip: [...STORE_AWAY, "store-up", "write-flow"],
    signalLagMs: 30_000,
    fixedBy: ["reconnect-component"],
    decoys: ["restart-component", "start-component"],
    emulated: false,
  },
  input: v.object({ victim: ComponentName, range: v.number(), seed: v.number() }),
  async choose(lab: TikvLab, options) {
    const victim = lab.chooseStore(options);
    const range = await rangeOn(lab, victim, options.signal);
    return { victim, range, seed: Math.floor(options.random() * 2 ** 32) };
  },
  async inject(lab, { victim, range, seed }, signal) {
    const sending = new AbortController();
    const load = { ...TRAFFIC, ratePerSecond: 400, seed, workload: readsAndWrites({ writeRatio: 1, range }) };
    const ended = runLoad({ ...load, targets: targetsOf(lab) }, { clock: systemClock, signal: sending.signal });
    lab.running.set(PEER_PARTITION, { stop: () => sending.abort(), ended });
    await each(lab.linksBetween(victim, "store"), (link) => lab.links.cut(link, signal));
  },
  isInjected: async (lab, { victim }, signal) => !(await passesAny(lab, lab.linksBetween(victim, "store"), signal)),
  async heal(lab, { victim }, signal) {
    await stopRunning(lab, PEER_PARTITION);
    await each(lab.linksBetween(victim, "store"), (link) => lab.links.heal(link, signal));
  },
  healed: (lab, { victim }, signal) =>
    eventually(() => passesAll(lab, lab.linksBetween(victim, "store"), signal), signal),
});

/** The ways between one store and the others become long. */
export const networkDelay: Fault<TikvLab> = defineFault({
  id: "network-delay",
  description: `Delay traffic between one store and the others by ${DELAY_MS} ms each way`,
  truth: {
    component: "victim",
    mechanism: "slow-dependency",
    trips: ["write-latency"],
    mayTrip: ["raft-lag", "read-latency", "region-health", "slow-score", "store-up", "hot-spot"],
    signalLagMs: 12_000,
    fixedBy: ["reconnect-component"],
    decoys: ["restart-component", "start-component"],
    emulated: false,
  },
  input: v.object({ victim: ComponentName, delayMs: v.number() }),
  choose: async (lab: TikvLab, options) => ({
    victim: lab.chooseStore(options),
    delayMs: Math.round(DELAY_MS * (options.strength ?? 1)),
  }),
  inject: (lab, { victim, delayMs }, signal) =>
    each(lab.linksBetween(victim, "store"), (link) => lab.links.delay(link, delayMs, signal)),
  isInjected: async (lab, { victim, delayMs }, signal) => (await slowestMs(lab, victim, signal)) >= delayMs,
  heal: (lab, { victim }, signal) => each(lab.linksBetween(victim, "store"), (link) => lab.links.heal(link, signal)),
  healed: (lab, { victim, delayMs }, signal) =>
    eventually(async () => (await slowestMs(lab, victim, signal)) < delayMs, signal),
});

/** A range of keys of which a store has a replica: where there are more stores than replicas, it has not one of each. */
async function rangeOn({ pd }: TikvLab, store: ComponentId, signal: AbortSignal): Promise<number> {
  const id = store.slice("store/".length);
  for (let range = 0; range < RANGES; range += 1) {
    const { peers } = await pd.regionAt(keyName(0, range), signal);
    if (peers.some(({ storeId }) => storeId === id)) return range;
  }
  throw new ActionError(`Cannot write to ${store}: it has no replica of any range that is asked for`);
}

function allLinks(lab: TikvLab, victim: ComponentId): readonly LinkId[] {
  return [...lab.linksBetween(victim, "pd"), ...lab.linksBetween(victim, "store")];
}

async function each(links: readonly LinkId[], run: (link: LinkId) => Promise<void>): Promise<void> {
  await Promise.all(links.map(run));
}

async function passesAny(lab: TikvLab, links: readonly LinkId[], signal: AbortSignal): Promise<boolean> {
  const passing = await Promise.all(
    links.map((link) => lab.links.passes(link, AbortSignal.any([signal, AbortSignal.timeout(500)]))),
  );
  return passing.includes(true);
}

async function passesAll(lab: TikvLab, links: readonly LinkId[], signal: AbortSignal): Promise<boolean> {
  const passing = await Promise.all(links.map((link) => lab.links.passes(link, signal)));
  return !passing.includes(false);
}

async function slowestMs(lab: TikvLab, victim: ComponentId, signal: AbortSignal): Promise<number> {
  const [link] = lab.linksBetween(victim, "store");
  if (!link) return 0;
  const begunMs = performance.now();
  return (await lab.links.passes(link, signal)) ? performance.now() - begunMs : Number.POSITIVE_INFINITY;
}
