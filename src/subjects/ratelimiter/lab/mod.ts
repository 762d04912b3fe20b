/** The rate limiter's lab: how it is broken and loaded on purpose. Nothing that watches, diagnoses or mends imports it. */

import { defineLab, type Lab } from "../../../deployments/lab.ts";
import { LimiterLab } from "./client.ts";
import { boundaryBurst, clockSkew, nodeDrain, staleConfig } from "./faults/configuration.ts";
import { linkDelay, partition } from "./faults/network.ts";
import { nodeHang, nodeKill, redisHang, redisKill } from "./faults/process.ts";
import { redisEvict, redisPause, redisRestartEmpty, redisSlow, stuckKey } from "./faults/redis.ts";
import { burst, hotKey, loadSurge } from "./faults/traffic.ts";
import { checks } from "./workload.ts";

/** Faults and ordinary traffic of a rate limiter. */
export const ratelimiterLab: Lab = defineLab({
  subject: "ratelimiter",
  connect: async (deployment) => new LimiterLab(deployment),
  faults: [
    nodeKill,
    nodeHang,
    nodeDrain,
    redisPause,
    redisKill,
    redisHang,
    redisRestartEmpty,
    redisSlow,
    redisEvict,
    partition,
    linkDelay,
    clockSkew,
    staleConfig,
    burst,
    boundaryBurst,
    hotKey,
    stuckKey,
    loadSurge,
  ],
  targets: ({ parts }) => parts.filter(({ kind }) => kind === "node").map(({ address }) => address),
  workload: ({ check }) => checks({ check }),
  ordinary: { ratePerSecond: 300, keys: 20, zipf: 0.5 },
});
