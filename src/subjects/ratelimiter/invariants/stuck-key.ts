/** Finds counters that will never be given free: those without expiry, and those that count on after nothing was allowed. */

import type { Invariant, Judgement, Thresholds } from "../../../core/invariant.ts";
import type { CounterLife } from "../counter-life.ts";
import { entityOfKey } from "../keys.ts";
import type { KeyReading, RateLimiterObservation } from "../observation.ts";
import type { Counter } from "../replies.ts";
import { REDIS } from "../topology.ts";

/** Of longer windows the nodes' logs do not go back two. */
const LONGEST_LOGGED_TWICE_MS = 600_000;

/** Every counter expires, and empties once nothing is allowed any more. */
export const stuckKey: Invariant<RateLimiterObservation> = {
  id: "stuck-key",
  severity: "warning",
  graceMs: 10_000,
  rationale: "A counter that stays takes memory for ever, or denies its key for ever.",
  thresholds: {
    marginMs: { default: 10_000, description: "How much longer than two windows a counter may live" },
  },
  check: (observation, thresholds) => [
    judgeRedis(observation),
    ...observation.keys.map((key) => judgeKey(key, observation, thresholds)),
  ],
};

/** Always judged: says whether all counters are accounted for. */
function judgeRedis({ lasting }: RateLimiterObservation): Judgement {
  const judgement = { entity: REDIS, on: REDIS };
  if ("failed" in lasting) {
    return {
      ...judgement,
      verdict: "unknown",
      summary: `Cannot look for counters without expiry: ${lasting.failed}`,
      evidence: {},
    };
  }
  const { keys, complete } = lasting.value;
  const evidence = { found: keys.length, complete };
  const summary = complete
    ? `All counters but ${keys.length} expire`
    : `Redis holds keys without expiry that have not all been looked at; ${keys.length} counters so far`;
  return { ...judgement, verdict: complete ? "holds" : "unknown", summary, evidence };
}

function judgeKey(reading: KeyReading, observation: RateLimiterObservation, { marginMs = 0 }: Thresholds): Judgement {
  const { key, life } = reading;
  const judgement = { entity: entityOfKey(key), on: REDIS };
  if ("failed" in life) {
    const summary = `Cannot look at counter "${key}": ${life.failed}`;
    return { ...judgement, verdict: "unknown", summary, evidence: {} };
  }
  const counter = redisCounter(reading);
  const idle = counter !== undefined && isIdle(reading, counter, observation);
  const count = counter?.count ?? 0;
  const evidence = { ...life.value, count, idle };
  const fault = overlong(life.value, marginMs) ?? (idle && count > 0 ? leftOver(count) : undefined);
  if (fault) return { ...judgement, verdict: "violated", summary: `Counter "${key}" ${fault}`, evidence };
  return { ...judgement, verdict: "holds", summary: `Counter "${key}" expires and empties`, evidence };
}

function overlong({ lifeMs, windowMs }: CounterLife, marginMs: number): string | undefined {
  if (lifeMs === -1) return "has no expiry";
  const mostMs = 2 * windowMs + marginMs;
  return windowMs > 0 && lifeMs > mostMs ? `lives for another ${lifeMs} ms, expected at most ${mostMs}` : undefined;
}

function leftOver(count: number): string {
  return `still counts ${count}, though nothing was allowed`;
}

function redisCounter({ counters }: KeyReading): Counter | undefined {
  const read = counters.flatMap(({ counter }) => ("value" in counter ? [counter.value] : []));
  return read.find(({ source }) => source === "redis");
}

/**
 * Whether no node has allowed it anything for two windows: that long a log goes back. Only where that can be known: all
 * nodes told everything, none is younger, and nobody else is at work.
 */
function isIdle({ logs: own }: KeyReading, { windowMs }: Counter, observation: RateLimiterObservation): boolean {
  const { nodes, register, logs, atMs } = observation;
  const whole = logs.missing.length === 0 && !logs.forgotten && windowMs <= LONGEST_LOGGED_TWICE_MS;
  const ids = new Set(nodes.map(({ id }) => id));
  const alone = "value" in register && register.value.every(({ id }) => ids.has(id));
  const old = nodes.every(({ health }) => "value" in health && health.value.startedAtMs < atMs - 2 * windowMs);
  return own.length === 0 && whole && alone && old;
}
