/** Finds stuck counters: those without expiry, and those that still count although nothing was allowed. */

import type { Judgement } from "../../../core/subject/invariant.ts";
import type { Read } from "../../../core/subject/probe.ts";
import type { RedisPrimary } from "../client/redis-primaries.ts";
import type { Counter, Register } from "../client/replies.ts";
import { isUntimely } from "../clocks.ts";
import type { CounterLife } from "../keys/counter-life.ts";
import { entityOfKey } from "../keys/keys.ts";
import type { LastingKeys } from "../keys/lasting-keys.ts";
import { invariant, type KeyReading, type KeysReading, type NodeReading } from "../observation.ts";
import { REDIS } from "../topology.ts";

/** Longest window for which the nodes' logs cover two windows. */
const LONGEST_LOGGED_TWICE_MS = 600_000;

/** Every counter expires, and empties once nothing is allowed any more. */
export const stuckKey = invariant({
  id: "stuck-key",
  severity: "warning",
  symptom: "resource",
  graceMs: 10_000,
  rationale: "A counter that never expires occupies memory or denies its key indefinitely.",
  thresholds: {
    marginMs: { default: 10_000, description: "Largest time to live of a counter beyond two windows" },
  },
  needs: ["nodes", "keys"],
  // Keys are judged without these, too.
  sees: ["lasting", "register", "redis"],
  reasons: ["expires", "no-expiry", "overlong", "left-over", "clock-stepped", "not-all-seen", "not-read"],
  check: ({ nodes, register, lasting, keys, redis }, { thresholds: { marginMs = 0 }, atMs }) => {
    const primaries = "value" in redis ? (redis.value.primaries ?? []) : [];
    const around = { nodes, register, primaries, logs: keys.logs, atMs };
    return [judgeRedis(lasting), ...keys.keys.map((key) => judgeKey(key, around, marginMs))];
  },
});

type Reason = "expires" | "no-expiry" | "overlong" | "left-over" | "clock-stepped" | "not-all-seen" | "not-read";

interface Surroundings {
  readonly nodes: readonly NodeReading[];
  readonly register: Read<Register>;
  readonly primaries: readonly RedisPrimary[];
  readonly logs: KeysReading["logs"];
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** Always judged: says whether all counters are accounted for. */
function judgeRedis(lasting: Read<LastingKeys>): Judgement<Reason> {
  const judgement = { entity: REDIS, on: REDIS };
  if ("failed" in lasting) {
    const { failed, word } = lasting;
    const said = { reason: "not-read", ...(word !== undefined && { word }) } as const;
    return {
      ...judgement,
      ...said,
      verdict: "unknown",
      summary: `Counters without expiry unknown: ${failed}`,
      evidence: {},
    };
  }
  const { keys, complete } = lasting.value;
  const evidence = { found: keys.length, complete };
  const summary = complete
    ? `Counters without expiry: ${keys.length}`
    : `Counters without expiry: ${keys.length} so far, not every key without expiry was examined yet`;
  if (complete) return { ...judgement, verdict: "holds", reason: "expires", summary, evidence };
  return { ...judgement, verdict: "unknown", reason: "not-all-seen", summary, evidence };
}

function judgeKey(reading: KeyReading, around: Surroundings, marginMs: number): Judgement<Reason> {
  const { key, life } = reading;
  const judgement = { entity: entityOfKey(key), on: REDIS };
  if ("failed" in life) {
    const summary = `Counter "${key}" unknown: ${life.failed}`;
    return { ...judgement, verdict: "unknown", reason: "not-read", summary, evidence: {} };
  }
  const counter = redisCounter(reading);
  const idle = counter !== undefined && isIdle(reading, counter, around);
  const count = counter?.count ?? 0;
  const evidence = { ...life.value, count, idle };
  const { windowMs, lifeMs, primary } = life.value;
  if (lifeMs > 0 && isUntimely(around.primaries, primary, { windowMs, atMs: around.atMs })) {
    const summary = `Counter "${key}": expiry unknown, the clock of its Redis stepped`;
    return { ...judgement, verdict: "unknown", reason: "clock-stepped", summary, evidence };
  }
  const fault = overlong(life.value, marginMs) ?? (idle && count > 0 ? leftOver(count) : undefined);
  if (fault) {
    const [reason, words] = fault;
    return { ...judgement, verdict: "violated", reason, summary: `Counter "${key}" ${words}`, evidence };
  }
  return {
    ...judgement,
    verdict: "holds",
    reason: "expires",
    summary: `Counter "${key}" expires and empties`,
    evidence,
  };
}

type Fault = readonly [reason: Reason, words: string];

function overlong({ lifeMs, windowMs }: CounterLife, marginMs: number): Fault | undefined {
  if (lifeMs === -1) return ["no-expiry", "has no expiry"];
  const mostMs = 2 * windowMs + marginMs;
  if (windowMs === 0 || lifeMs <= mostMs) return undefined;
  return ["overlong", `expires in ${lifeMs} ms (threshold ${mostMs} ms)`];
}

function leftOver(count: number): Fault {
  return ["left-over", `still counts ${count}, though nothing was allowed`];
}

function redisCounter({ counters }: KeyReading): Counter | undefined {
  const read = counters.flatMap(({ counter }) => ("value" in counter ? [counter.value] : []));
  return read.find(({ source }) => source === "redis");
}

/**
 * Whether no node has allowed the key anything for two windows, which the logs cover. Only if that is certain: all
 * nodes answered in full, none started later, and no unknown node is running.
 */
function isIdle({ logs: own }: KeyReading, { windowMs }: Counter, around: Surroundings): boolean {
  const { nodes, register, logs, atMs } = around;
  const whole = logs.missing.length === 0 && !logs.forgotten && windowMs <= LONGEST_LOGGED_TWICE_MS;
  const ids = new Set(nodes.map(({ id }) => id));
  const alone =
    "value" in register && register.value.unreadable === 0 && register.value.rows.every(({ id }) => ids.has(id));
  const old = nodes.every(({ health }) => "value" in health && health.value.startedAtMs < atMs - 2 * windowMs);
  return own.length === 0 && whole && alone && old;
}
