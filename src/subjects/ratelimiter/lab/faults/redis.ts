/** Faults inside Redis: it delays writes, loses counters, or keeps them too long. */

import * as v from "valibot";
import { defineFault, type Fault } from "../../../../core/subject/fault.ts";
import { ActionError } from "../../../../core/text/errors.ts";
import { connectRedis } from "../../../../io/redis.ts";
import { type LimiterLab, REDIS, stopRunning } from "../client.ts";
import { eventually } from "../eventually.ts";

const BUSY_MS = 80;
const REST_MS = 20;

/** Redis answers reads and blocks every write: health checks still succeed. */
export const redisPause: Fault<LimiterLab> = defineFault({
  id: "redis-pause",
  description: "Block every write to Redis (CLIENT PAUSE WRITE); reads and health checks still work",
  truth: {
    component: REDIS,
    mechanism: "hang",
    trips: ["redis-connected"],
    mayTrip: ["counter-drift", "ghost-allowing", "latency-p99", "node-reachable", "clock-agreement"],
    signalLagMs: 1500,
    fixedBy: ["restart-component"],
    decoys: ["start-component", "reconnect-component"],
    emulated: false,
  },
  input: v.object({ forMs: v.number() }),
  choose: async (_lab: LimiterLab, { forMs }) => ({ forMs }),
  inject: async (lab, { forMs }) =>
    void (await (await lab.redis()).call("CLIENT", "PAUSE", String(Math.round(forMs)), "WRITE")),
  isInjected: async (lab) => !(await writes(lab)),
  heal: async (lab) => void (await (await lab.redis()).call("CLIENT", "UNPAUSE")),
  healed: writes,
});

/** Redis restarts without its data. */
export const redisRestartEmpty: Fault<LimiterLab> = defineFault({
  id: "redis-restart-empty",
  description: "Kill Redis and start it again at once; it keeps nothing on disk, so all counters are lost",
  truth: {
    component: REDIS,
    mechanism: "state-loss",
    trips: ["ghost-allowing"],
    mayTrip: ["redis-connected", "counter-drift", "latency-p99", "node-reachable", "config-agreement"],
    signalLagMs: 5000,
    fixedBy: [],
    decoys: ["restart-component", "start-component", "reset-counter"],
    emulated: false,
  },
  input: v.object({ runId: v.string() }),
  choose: async (lab: LimiterLab) => ({ runId: await infoOf(lab, "run_id") }),
  inject: (lab, _input, signal) => lab.processes.restart(REDIS, signal),
  isInjected: (lab, { runId }, signal) => eventually(async () => hasOtherRun(lab, runId), signal),
  heal: (lab, _input, signal) => lab.processes.start(REDIS, signal),
  healed: (lab, _input, signal) => eventually(() => lab.answers(REDIS, signal), signal),
});

/** Another client keeps Redis busy, so that all others wait. */
export const redisSlow: Fault<LimiterLab> = defineFault({
  id: "redis-slow",
  description: `Keep Redis busy: a separate client runs scripts of ${BUSY_MS} ms, ${REST_MS} ms apart`,
  truth: {
    component: REDIS,
    mechanism: "slow-dependency",
    trips: ["latency-p99"],
    mayTrip: ["redis-connected", "counter-drift", "ghost-allowing"],
    signalLagMs: 3000,
    fixedBy: ["restart-component"],
    decoys: ["reconnect-component", "drain-node"],
    emulated: false,
  },
  input: v.object({ loops: v.number(), restMs: v.number() }),
  // Longer scripts would be another fault: nodes decide without a Redis that takes more than 100 ms.
  choose: async (lab: LimiterLab, { strength = 1 }) => ({
    loops: await loopsFor(lab, BUSY_MS),
    restMs: Math.round(REST_MS / strength),
  }),
  async inject(lab, busy) {
    const sending = new AbortController();
    lab.running.set("redis-slow", { stop: () => sending.abort(), ended: keepBusy(lab, busy, sending.signal) });
  },
  isInjected: async (lab) => lab.running.has("redis-slow"),
  heal: (lab) => stopRunning(lab, "redis-slow"),
  healed: async (lab) => !lab.running.has("redis-slow"),
});

/** Redis has too little memory and evicts counters. */
export const redisEvict: Fault<LimiterLab> = defineFault({
  id: "redis-evict",
  description: "Limit the memory of Redis to less than it uses, so that it evicts keys at random",
  truth: {
    component: REDIS,
    mechanism: "resource-exhaustion",
    trips: ["ghost-allowing"],
    mayTrip: ["node-reachable", "counter-drift", "redis-connected", "config-agreement", "latency-p99"],
    signalLagMs: 5000,
    fixedBy: ["restart-component"],
    decoys: ["reset-counter", "reconnect-component"],
    emulated: false,
  },
  input: v.object({ maxmemory: v.string(), policy: v.string(), evictedKeys: v.number() }),
  choose: async (lab: LimiterLab) => ({
    maxmemory: await configOf(lab, "maxmemory"),
    policy: await configOf(lab, "maxmemory-policy"),
    evictedKeys: Number(await infoOf(lab, "evicted_keys")),
  }),
  async inject(lab) {
    await (await lab.redis()).config("SET", "maxmemory-policy", "allkeys-random");
    await (await lab.redis()).config("SET", "maxmemory", "1mb");
  },
  isInjected: (lab, { evictedKeys }, signal) =>
    eventually(async () => Number(await infoOf(lab, "evicted_keys")) > evictedKeys, signal),
  async heal(lab, { maxmemory, policy }) {
    await (await lab.redis()).config("SET", "maxmemory", maxmemory);
    await (await lab.redis()).config("SET", "maxmemory-policy", policy);
  },
  healed: async (lab, { maxmemory }) => (await configOf(lab, "maxmemory")) === maxmemory,
});

/** A counter loses its expiry, so that its count never expires. */
export const stuckKey: Fault<LimiterLab> = defineFault({
  id: "stuck-key",
  description: "Remove the expiry of one counter that is no longer in use",
  truth: {
    component: REDIS,
    mechanism: "state-loss",
    trips: ["stuck-key"],
    mayTrip: [],
    signalLagMs: 0,
    fixedBy: ["reset-counter"],
    decoys: ["restart-component", "roll-out-config"],
    emulated: false,
  },
  input: v.object({ key: v.string() }),
  choose: async (_lab: LimiterLab, { random }) => ({ key: `stuck-${Math.floor(random() * 1e9).toString(36)}` }),
  async inject(lab, { key }, signal) {
    const [node] = lab.nodes;
    await lab.ask(node?.id ?? "", { method: "POST", path: "/check", body: { key }, schema: v.looseObject({}), signal });
    for (const stored of await keysNamed(lab, key)) await (await lab.redis()).persist(stored);
  },
  isInjected: async (lab, { key }) => {
    const [stored] = await keysNamed(lab, key);
    return stored !== undefined && (await (await lab.redis()).pttl(stored)) === -1;
  },
  async heal(lab, { key }) {
    for (const stored of await keysNamed(lab, key)) await (await lab.redis()).del(stored);
  },
  healed: async (lab, { key }) => (await keysNamed(lab, key)).length === 0,
});

async function hasOtherRun(lab: LimiterLab, runId: string): Promise<boolean> {
  // A connection that breaks during the call belonged to the run that just ended.
  return (await infoOf(lab, "run_id").catch(() => runId)) !== runId;
}

/** A write that expires by itself; a delayed one is applied later and leaves nothing. */
async function writes(lab: LimiterLab): Promise<boolean> {
  const probe = connectRedis(lab.redisUrl, { commandTimeoutMs: 500 });
  try {
    await eventually(async () => probe.status === "ready");
    return (await probe.set("ratelimit:lab:probe", "1", "PX", 1000)) === "OK";
  } catch {
    return false;
  } finally {
    probe.disconnect();
  }
}

/** Stops permanently when its connection is lost: a restart of Redis ends this fault. */
interface Busy {
  readonly loops: number;
  readonly restMs: number;
}

async function keepBusy(lab: LimiterLab, { loops, restMs }: Busy, signal: AbortSignal): Promise<void> {
  try {
    while (!signal.aborted) {
      await spin(lab, loops);
      await Bun.sleep(restMs);
    }
  } catch {
    lab.running.delete("redis-slow");
  }
}

/** By the fastest of three, since a single slow one may be caused by the machine. */
async function loopsFor(lab: LimiterLab, wantedMs: number): Promise<number> {
  const trial = 500_000;
  let fastestMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const begun = performance.now();
    await spin(lab, trial);
    fastestMs = Math.min(fastestMs, performance.now() - begun);
  }
  return Math.round((trial * wantedMs) / fastestMs);
}

async function spin(lab: LimiterLab, loops: number): Promise<void> {
  await (await lab.redis()).eval(
    "local sum = 0 for i = 1, tonumber(ARGV[1]) do sum = sum + i end return sum",
    0,
    String(loops),
  );
}

async function infoOf(lab: LimiterLab, field: string): Promise<string> {
  const value = new RegExp(`^${field}:(.*)$`, "m").exec(await (await lab.redis()).info())?.[1]?.trim();
  if (value === undefined) throw new ActionError(`Cannot read "${field}" of Redis: INFO does not have it`);
  return value;
}

async function configOf(lab: LimiterLab, name: string): Promise<string> {
  const reply: unknown = await (await lab.redis()).config("GET", name);
  return v.parse(v.tuple([v.string(), v.string()]), reply)[1];
}

async function keysNamed(lab: LimiterLab, key: string): Promise<readonly string[]> {
  return await (await lab.redis()).keys(`ratelimit:*${key}*`);
}
