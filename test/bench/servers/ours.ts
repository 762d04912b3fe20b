/** One node of ours. Arguments: port, Redis port, limit, and `floor` to answer a constant instead of asking Redis. */

import * as v from "valibot";
import { log } from "../../../src/io/log.ts";
import type { Decider, Decision } from "../../../src/limiter/decide/decision.ts";
import { startLimiter } from "../../../src/limiter/service.ts";
import { LimiterSettings } from "../../../src/limiter/settings/settings.ts";

const [port = 0, redisPort = 0, limit = 0] = process.argv.slice(2, 5).map(Number);
const isFloor = process.argv[5] === "floor";
const settings = v.parse(LimiterSettings, {
  node: 1,
  port,
  limit,
  window: "1m",
  redis: `redis://127.0.0.1:${redisPort}`,
});
const { signal } = new AbortController();
await startLimiter(settings, { log, signal, ...(isFloor && { decider: constantDecider() }) });

/** Decides without deciding: what is left is the floor of the stack with every feature on. */
function constantDecider(): Decider {
  const decision: Decision = {
    allowed: true,
    limit,
    count: 1,
    retryAfterUs: 0,
    moreQuotaUs: 60_000_000,
    resetUs: 60_000_000,
    source: "redis",
  };
  const decided = Promise.resolve(decision);
  return {
    check: () => decided,
    forget: () => undefined,
    obeyReset: () => undefined,
    reset: async () => undefined,
    counters: async () => ({ counters: [], cursor: "", unreadable: 0 }),
    counter: async () => undefined,
    admissions: () => ({ redisTimeUs: undefined, series: [], truncated: false, forgotten: false }),
    health: () => ({
      connected: true,
      alone: undefined,
      primariesAlone: [],
      degradedSeconds: 0,
      aloneSeconds: 0,
      offsetUs: 0,
    }),
    activeKeys: () => 0,
    async [Symbol.asyncDispose]() {},
  };
}
