/** Faults of processes: they die, hang, or come back without their data. */

import * as v from "valibot";
import { defineFault, type Fault } from "../../../../core/subject/fault.ts";
import type { DeployedProcess } from "../../../../core/system/process.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import { systemClock } from "../../../../io/clock.ts";
import { type LimiterLab, REDIS, stopRunning } from "../client.ts";
import { eventually } from "../eventually.ts";
import { Victim } from "../victim.ts";

const STUTTER = "node-stutter";
const STOPPED_MS = 250;
const RUNNING_MS = 250;

/** Side effects for the nodes when Redis is unavailable: each counts alone. */
const ALONE = ["counter-drift", "ghost-allowing", "latency-p99"] as const;

/** A node dies without warning and stays dead. */
export const nodeKill: Fault<LimiterLab> = defineFault({
  id: "node-kill",
  description: "Kill one node and leave it dead",
  truth: {
    component: "victim",
    mechanism: "crash",
    trips: ["node-reachable"],
    mayTrip: ["latency-p99", "redis-connected"],
    signalLagMs: 0,
    fixedBy: ["start-component", "restart-component"],
    decoys: ["undrain-node", "roll-out-config"],
    emulated: false,
  },
  input: Victim,
  choose: async (lab: LimiterLab, options) => ({ victim: await lab.chooseNode(options) }),
  inject: (lab, { victim }, signal) => lab.processes.kill(victim, signal),
  isInjected: (lab, { victim }, signal) => eventually(async () => (await stateOf(lab, victim)) === "exited", signal),
  heal: (lab, { victim }, signal) => lab.processes.start(victim, signal),
  healed: (lab, { victim }, signal) => eventually(() => lab.answers(victim, signal), signal),
});

/** A node stops answering without ending: its connections stay open. */
export const nodeHang: Fault<LimiterLab> = defineFault({
  id: "node-hang",
  description: "Stop one node with SIGSTOP, so that it holds its connections and answers nothing",
  truth: {
    component: "victim",
    mechanism: "hang",
    trips: ["node-reachable"],
    // When it resumes, its last stall was a long one.
    mayTrip: ["node-stalled", "latency-p99", "redis-connected"],
    signalLagMs: 1500,
    fixedBy: ["resume-component", "restart-component"],
    decoys: ["start-component", "undrain-node"],
    emulated: false,
  },
  input: Victim,
  choose: async (lab: LimiterLab, options) => ({ victim: await lab.chooseNode(options) }),
  inject: (lab, { victim }, signal) => lab.processes.hang(victim, signal),
  isInjected: (lab, { victim }, signal) => eventually(async () => (await stateOf(lab, victim)) === "hung", signal),
  heal: revive,
  healed: (lab, { victim }, signal) => eventually(() => lab.answers(victim, signal), signal),
});

/** A node is stopped at intervals: it answers every probe, but its clients wait. */
export const nodeStutter: Fault<LimiterLab> = defineFault({
  id: "node-stutter",
  description: `Stop one node with SIGSTOP for ${STOPPED_MS} of every ${STOPPED_MS + RUNNING_MS} ms; it answers in between`,
  truth: {
    component: "victim",
    mechanism: "hang",
    trips: ["node-stalled", "latency-p99"],
    mayTrip: ["node-reachable", "redis-connected", "counter-drift", "ghost-allowing"],
    signalLagMs: 3000,
    fixedBy: ["restart-component"],
    decoys: ["resume-component", "drain-node"],
    emulated: false,
  },
  input: Victim,
  choose: async (lab: LimiterLab, options) => ({ victim: await lab.chooseNode(options) }),
  async inject(lab, { victim }) {
    const stopping = new AbortController();
    lab.running.set(STUTTER, { stop: () => stopping.abort(), ended: stutter(lab, victim, stopping.signal) });
  },
  isInjected: (lab, { victim }, signal) => eventually(async () => (await stateOf(lab, victim)) === "hung", signal),
  async heal(lab, input, signal) {
    await stopRunning(lab, STUTTER);
    await revive(lab, input, signal);
  },
  healed: async (lab, { victim }, signal) =>
    !lab.running.has(STUTTER) && (await eventually(() => lab.answers(victim, signal), signal)),
});

/** Redis dies and stays dead: every node decides alone. */
export const redisKill: Fault<LimiterLab> = defineFault({
  id: "redis-kill",
  description: "Kill Redis and leave it dead",
  truth: {
    component: REDIS,
    mechanism: "crash",
    trips: ["redis-connected"],
    mayTrip: ALONE,
    signalLagMs: 1500,
    fixedBy: ["start-component", "restart-component"],
    decoys: ["reconnect-component", "roll-out-config"],
    emulated: false,
  },
  input: v.object({}),
  choose: async () => ({}),
  inject: (lab: LimiterLab, _input, signal) => lab.processes.kill(REDIS, signal),
  isInjected: (lab, _input, signal) => eventually(async () => (await stateOf(lab, REDIS)) === "exited", signal),
  heal: (lab, _input, signal) => lab.processes.start(REDIS, signal),
  healed: (lab, _input, signal) => eventually(() => lab.answers(REDIS, signal), signal),
});

/** Redis stops answering without ending. */
export const redisHang: Fault<LimiterLab> = defineFault({
  id: "redis-hang",
  description: "Stop Redis with SIGSTOP",
  truth: {
    component: REDIS,
    mechanism: "hang",
    trips: ["redis-connected"],
    mayTrip: ALONE,
    signalLagMs: 2500,
    fixedBy: ["resume-component", "restart-component"],
    decoys: ["start-component", "reconnect-component"],
    emulated: false,
  },
  input: v.object({}),
  choose: async () => ({}),
  inject: (lab: LimiterLab, _input, signal) => lab.processes.hang(REDIS, signal),
  isInjected: (lab, _input, signal) => eventually(async () => (await stateOf(lab, REDIS)) === "hung", signal),
  heal: (lab, _input, signal) => revive(lab, { victim: REDIS }, signal),
  healed: (lab, _input, signal) => eventually(() => lab.answers(REDIS, signal), signal),
});

async function stateOf(lab: LimiterLab, id: ComponentId): Promise<string | undefined> {
  return (await processOf(lab, id))?.state;
}

async function processOf(lab: LimiterLab, id: ComponentId): Promise<DeployedProcess | undefined> {
  return (await lab.processes.list()).find((process) => process.id === id);
}

/** The process stutters: a new process in its place runs normally. */
async function stutter(lab: LimiterLab, victim: ComponentId, signal: AbortSignal): Promise<void> {
  const { pid } = (await processOf(lab, victim)) ?? {};
  try {
    while (!signal.aborted && (await processOf(lab, victim))?.pid === pid) {
      await lab.processes.hang(victim);
      await systemClock.sleep(STOPPED_MS, signal).catch(() => undefined);
      await lab.processes.resume(victim);
      await systemClock.sleep(RUNNING_MS, signal).catch(() => undefined);
    }
  } catch {
    // The process has ended meanwhile, so nothing is left to stop.
  }
}

/** A repair may have restarted or stopped the component meanwhile, so resuming alone may not be enough. */
async function revive(lab: LimiterLab, { victim }: { victim: ComponentId }, signal: AbortSignal): Promise<void> {
  if ((await stateOf(lab, victim)) === "hung") await lab.processes.resume(victim, signal);
  await lab.processes.start(victim, signal);
}
