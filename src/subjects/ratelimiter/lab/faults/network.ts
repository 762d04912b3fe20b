/** Faults of the link between a node and Redis. */

import * as v from "valibot";
import { defineFault, type Fault } from "../../../../core/subject/fault.ts";
import { ActionError } from "../../../../core/text/errors.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import type { LinkId } from "../../../../deployments/deployment.ts";
import { type LimiterLab, REDIS } from "../client.ts";
import { eventually } from "../eventually.ts";
import { ComponentName, Victim } from "../victim.ts";

const DELAY_MS = 40;

/** One node is cut off from Redis; everything else works. */
export const partition: Fault<LimiterLab> = defineFault({
  id: "partition",
  description: "Cut one node off from Redis: packets are lost, connections are not refused",
  truth: {
    component: "victim",
    mechanism: "partition",
    trips: ["redis-connected", "counter-drift", "ghost-allowing"],
    mayTrip: ["latency-p99"],
    signalLagMs: 1500,
    fixedBy: ["reconnect-component"],
    decoys: ["restart-component", "start-component"],
    emulated: false,
  },
  input: Victim,
  choose: async (lab: LimiterLab, options) => ({ victim: await lab.chooseNode(options) }),
  inject: (lab, { victim }, signal) => lab.links.cut(linkToRedis(lab, victim), signal),
  isInjected: async (lab, { victim }, signal) => !(await passes(lab, victim, signal)),
  heal: (lab, { victim }, signal) => lab.links.heal(linkToRedis(lab, victim), signal),
  healed: (lab, { victim }, signal) => eventually(() => passes(lab, victim, signal), signal),
});

/** The link from one node to Redis becomes slow. */
export const linkDelay: Fault<LimiterLab> = defineFault({
  id: "link-delay",
  description: `Delay the traffic between one node and Redis by ${DELAY_MS} ms each way`,
  truth: {
    component: "victim",
    mechanism: "slow-dependency",
    trips: ["latency-p99"],
    mayTrip: ["redis-connected", "counter-drift", "ghost-allowing"],
    signalLagMs: 3000,
    fixedBy: ["reconnect-component"],
    decoys: ["restart-component", "drain-node"],
    emulated: false,
  },
  input: v.object({ victim: ComponentName, delayMs: v.number() }),
  choose: async (lab: LimiterLab, options) => ({
    victim: await lab.chooseNode(options),
    delayMs: Math.round(DELAY_MS * (options.strength ?? 1)),
  }),
  inject: (lab, { victim, delayMs }, signal) => lab.links.delay(linkToRedis(lab, victim), delayMs, signal),
  isInjected: async (lab, { victim, delayMs }, signal) => (await roundTripMs(lab, victim, signal)) >= delayMs,
  heal: (lab, { victim }, signal) => lab.links.heal(linkToRedis(lab, victim), signal),
  healed: (lab, { victim, delayMs }, signal) =>
    eventually(async () => (await roundTripMs(lab, victim, signal)) < delayMs, signal),
});

function linkToRedis({ deployment, links }: LimiterLab, node: ComponentId): LinkId {
  const link = links.all.find(({ from, to }) => from === node && to === REDIS);
  if (link) return link.id;
  throw new ActionError(`Cannot find the link from "${node}" to "${REDIS}" in "${deployment.id}"`);
}

function passes(lab: LimiterLab, node: ComponentId, signal: AbortSignal): Promise<boolean> {
  return lab.links.passes(linkToRedis(lab, node), signal);
}

/** The fastest of three, so that one busy moment does not look like a slow link. */
async function roundTripMs(lab: LimiterLab, node: ComponentId, signal: AbortSignal): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const begun = performance.now();
    if (await passes(lab, node, signal)) fastest = Math.min(fastest, performance.now() - begun);
  }
  return fastest;
}
