/** What every healthy observation of the limiter satisfies. */

import type { AnyInvariant } from "../../../core/subject/invariant.ts";
import type { RateLimiterConfig } from "../config.ts";
import type { RateLimiterReadings } from "../observation.ts";
import { clockAgreement } from "./clock-agreement.ts";
import { configAgreement } from "./config-agreement.ts";
import { counterDrift } from "./counter-drift.ts";
import { ghostAllowing } from "./ghost-allowing.ts";
import { hotKey } from "./hot-key.ts";
import { latencyP99 } from "./latency-p99.ts";
import { nodeReachable } from "./node-reachable.ts";
import { nodeStalled } from "./node-stalled.ts";
import { redisConnected } from "./redis-connected.ts";
import { stuckKey } from "./stuck-key.ts";

/** All invariants of the subject. */
export const invariants: readonly AnyInvariant<RateLimiterReadings, RateLimiterConfig>[] = [
  nodeReachable,
  redisConnected,
  latencyP99,
  nodeStalled,
  counterDrift,
  ghostAllowing,
  stuckKey,
  hotKey,
  configAgreement,
  clockAgreement,
];
