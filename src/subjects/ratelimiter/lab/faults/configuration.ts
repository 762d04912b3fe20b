/** Faults of configuration and clocks: a node that differs from the others, or a cluster that differs from the intended settings. */

import * as v from "valibot";
import { defineFault, type Fault } from "../../../../core/subject/fault.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import { type LimiterLab, stopRunning } from "../client.ts";
import { eventually } from "../eventually.ts";
import { FormerLimit, haveLimits, LAB_LIMIT, labLimits, limitsOf, setLimits } from "../key-limits.ts";
import { ComponentName, Victim } from "../victim.ts";
import { checks, keyName } from "../workload.ts";
import { send, TRAFFIC } from "./traffic.ts";

const SKEW_MS = 120_000;

/** Separate keys with their own limit: with any limit of the cluster, a burst must exceed it within seconds. */
const BURST = "burst";
const BURST_KEYS = [0, 1, 2, 3].map((key) => keyName(key, BURST));

const Rules = v.object({ algorithm: v.string(), limit: v.number(), window_ms: v.number() });
type Rules = v.InferOutput<typeof Rules>;
const Anything = v.looseObject({});

/** A node is drained unintentionally. */
export const nodeDrain: Fault<LimiterLab> = defineFault({
  id: "node-drain",
  description: "Drain one node: it refuses new checks and leaves the register",
  truth: {
    component: "victim",
    mechanism: "configuration-change",
    trips: ["node-reachable"],
    mayTrip: [],
    signalLagMs: 0,
    fixedBy: ["undrain-node", "restart-component"],
    decoys: ["start-component", "reconnect-component"],
    emulated: false,
  },
  input: Victim,
  choose: async (lab: LimiterLab, options) => ({ victim: await lab.chooseNode(options) }),
  inject: (lab, { victim }, signal) => post(lab, { node: victim, path: "/api/node/drain", signal }),
  isInjected: (lab, { victim }, signal) => eventually(async () => !(await lab.answers(victim, signal)), signal),
  heal: (lab, { victim }, signal) => post(lab, { node: victim, path: "/api/node/undrain", signal }),
  healed: (lab, { victim }, signal) => eventually(() => lab.answers(victim, signal), signal),
});

/** One node's clock is wrong. */
export const clockSkew: Fault<LimiterLab> = defineFault({
  id: "clock-skew",
  description: `Put one node's own clock ${SKEW_MS / 1000} s ahead`,
  truth: {
    component: "victim",
    mechanism: "clock-skew",
    trips: ["clock-agreement"],
    mayTrip: [],
    signalLagMs: 1500,
    fixedBy: ["restart-component"],
    decoys: ["drain-node", "roll-out-config"],
    emulated: false,
  },
  input: v.object({ victim: ComponentName, offsetMs: v.number() }),
  choose: async (lab: LimiterLab, options) => ({
    victim: await lab.chooseNode(options),
    offsetMs: Math.round(SKEW_MS * (options.strength ?? 1)),
  }),
  inject: (lab, { victim, offsetMs }, signal) => setClock(lab, { victim, offsetMs, signal }),
  isInjected: async (lab, { victim, offsetMs }, signal) => (await clockOffsetMs(lab, victim, signal)) === offsetMs,
  heal: (lab, { victim }, signal) => setClock(lab, { victim, offsetMs: 0, signal }),
  healed: async (lab, { victim }, signal) => (await clockOffsetMs(lab, victim, signal)) === 0,
});

/** One node allows more than the others. */
export const staleConfig: Fault<LimiterLab> = defineFault({
  id: "stale-config",
  description: "Roll another limit out to one node only",
  truth: {
    component: "victim",
    mechanism: "configuration-change",
    trips: ["config-agreement"],
    mayTrip: ["ghost-allowing", "counter-drift"],
    signalLagMs: 1000,
    fixedBy: ["roll-out-config"],
    decoys: ["restart-component", "reset-counter"],
    emulated: false,
  },
  input: v.object({ victim: ComponentName, before: Rules, limit: v.number() }),
  async choose(lab: LimiterLab, options) {
    const victim = await lab.chooseNode(options);
    const before = await rulesOf(lab, victim, options.signal);
    return { victim, before, limit: before.limit * 3 };
  },
  inject: (lab, { victim, limit }, signal) => rollOut(lab, { only: victim, rules: { limit }, signal }),
  isInjected: (lab, { victim, limit }, signal) => agree(lab, { on: [victim], rules: { limit }, signal }),
  heal: (lab, { victim, before }, signal) => rollOut(lab, { only: victim, rules: before, signal }),
  healed: (lab, { victim, before }, signal) => agree(lab, { on: [victim], rules: before, signal }),
});

/** The exact algorithm cannot be made to allow too much by traffic, so a weaker one is rolled out before the bursts. */
export const boundaryBurst: Fault<LimiterLab> = defineFault({
  id: "boundary-burst",
  description: "Roll out sliding-counter and send bursts across its window boundaries",
  truth: {
    component: "cluster/ratelimiter",
    mechanism: "configuration-change",
    trips: ["ghost-allowing", "config-agreement"],
    mayTrip: ["hot-key", "latency-p99"],
    signalLagMs: 25_000,
    fixedBy: ["roll-out-config"],
    decoys: ["restart-component", "reset-counter", "block-key"],
    emulated: false,
  },
  input: v.object({ before: Rules, former: v.array(FormerLimit), seed: v.number() }),
  choose: async (lab: LimiterLab, { random, signal }) => ({
    before: await rulesOf(lab, lab.anyNode(), signal),
    former: [...(await limitsOf(lab, BURST_KEYS, signal))],
    seed: Math.floor(random() * 2 ** 32),
  }),
  async inject(lab, { former, seed }, signal) {
    await setLimits(lab, { limits: labLimits(former), signal });
    await rollOut(lab, { rules: { algorithm: "sliding-counter" }, signal });
    const { limit, windowMs } = LAB_LIMIT;
    const keys = BURST_KEYS.length;
    const ratePerSecond = (2 * keys * limit * 1000) / windowMs;
    // Half of a burst falls before the boundary: a twentieth of the window at 40 times the limit takes the whole limit.
    const shape = { pattern: "boundary", windowMs, burstMs: windowMs / 10, factor: 20 } as const;
    const load = { ...TRAFFIC, ...shape, keys, ratePerSecond, seed };
    send(lab, "boundary-burst", { load, workload: checks({ check: false, prefix: BURST }) });
  },
  isInjected: async (lab, { former }, signal) =>
    (await agree(lab, { on: nodeIds(lab), rules: { algorithm: "sliding-counter" }, signal })) &&
    (await haveLimits(lab, { limits: labLimits(former), signal })),
  async heal(lab, { before, former }, signal) {
    await stopRunning(lab, "boundary-burst");
    await rollOut(lab, { rules: before, signal });
    await setLimits(lab, { limits: former, signal });
  },
  healed: async (lab, { before, former }, signal) =>
    (await agree(lab, { on: nodeIds(lab), rules: before, signal })) &&
    (await haveLimits(lab, { limits: former, signal })),
});

interface Rollout {
  /** The node to change; all nodes if absent. */
  readonly only?: ComponentId;
  readonly rules: Partial<Rules>;
  readonly signal: AbortSignal;
}

interface Agreement {
  readonly on: readonly ComponentId[];
  readonly rules: Partial<Rules>;
  readonly signal: AbortSignal;
}

async function post(
  lab: LimiterLab,
  { node, path, signal }: { readonly node: ComponentId; readonly path: string; readonly signal: AbortSignal },
): Promise<void> {
  await lab.ask(node, { method: "POST", path, schema: Anything, signal });
}

/** Sends the rollout to any node, since the changed one may not answer. */
async function rollOut(lab: LimiterLab, { only, rules, signal }: Rollout): Promise<void> {
  const body = { ...rules, ...(only && { node: Number(only.slice("node/".length)) }) };
  await lab.ask(lab.anyNode(), { method: "PUT", path: "/api/config", body, schema: Anything, signal });
}

function rulesOf(lab: LimiterLab, node: ComponentId, signal: AbortSignal): Promise<Rules> {
  return lab.ask(node, { path: "/api/config", schema: Rules, signal });
}

/** Whether the rules become effective on those nodes in time. */
function agree(lab: LimiterLab, { on, rules, signal }: Agreement): Promise<boolean> {
  return eventually(async () => {
    const found = await Promise.all(on.map((node) => rulesOf(lab, node, signal)));
    return found.every((one) => Bun.deepMatch(rules, one));
  }, signal);
}

async function setClock(
  lab: LimiterLab,
  { victim, offsetMs, signal }: { victim: ComponentId; offsetMs: number; signal: AbortSignal },
): Promise<void> {
  const body = { offset_ms: offsetMs };
  await lab.ask(victim, { method: "PUT", path: "/api/node/clock", body, schema: Anything, signal });
}

async function clockOffsetMs(lab: LimiterLab, node: ComponentId, signal: AbortSignal): Promise<number> {
  const schema = v.object({ offset_ms: v.number() });
  return (await lab.ask(node, { path: "/api/node/clock", schema, signal })).offset_ms;
}

function nodeIds({ nodes }: LimiterLab): readonly ComponentId[] {
  return nodes.map(({ id }) => id);
}
