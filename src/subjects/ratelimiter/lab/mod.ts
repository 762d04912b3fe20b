/** The rate limiter's lab: how it is run, broken and loaded on purpose. Nothing that watches, diagnoses or fixes imports it. */

import { defineLab, type Lab } from "../../../deployments/lab.ts";
import { rateLimiterEndpoints } from "../recipes/endpoints.ts";
import { upFlags } from "../recipes/flags.ts";
import { LimiterLab } from "./client.ts";
import { boundaryBurst, clockSkew, nodeDrain, staleConfig } from "./faults/configuration.ts";
import { linkDelay, partition } from "./faults/network.ts";
import { nodeHang, nodeKill, nodeStutter, redisHang, redisKill } from "./faults/process.ts";
import { redisEvict, redisPause, redisRestartEmpty, redisSlow, stuckKey } from "./faults/redis.ts";
import { burst, hotKey, loadSurge } from "./faults/traffic.ts";
import { ORDINARY, trialSettings } from "./trial-settings.ts";
import { loadFlags } from "./workload.ts";

/** Recipe, faults and traffic of a rate limiter. */
export const ratelimiterLab: Lab = defineLab({
  subject: "ratelimiter",
  up: upFlags,
  endpoints: rateLimiterEndpoints,
  connect: async (deployment) => new LimiterLab(deployment),
  faults: [
    nodeKill,
    nodeHang,
    nodeStutter,
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
  targets: ({ components }) => components.filter(({ kind }) => kind === "node"),
  load: loadFlags,
  strength: { ratePerSecond: 500, keys: 100 },
  ordinary: ORDINARY,
  trialSettings,
});
