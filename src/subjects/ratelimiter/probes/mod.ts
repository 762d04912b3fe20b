/** The probes of the limiter. */

import type { ProbesOf } from "../../../core/subject/probe.ts";
import type { RateLimiterClient } from "../client/client.ts";
import type { RateLimiterReadings } from "../observation.ts";
import { keys } from "./keys.ts";
import { lasting } from "./lasting.ts";
import { metrics } from "./metrics.ts";
import { nodes } from "./nodes.ts";
import { redis } from "./redis.ts";
import { register } from "./register.ts";

/** The probes by the name of their reading. */
export const probes: ProbesOf<RateLimiterClient, RateLimiterReadings> = {
  nodes,
  register,
  redis,
  metrics,
  lasting,
  keys,
};
