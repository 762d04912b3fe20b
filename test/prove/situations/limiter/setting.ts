/** What the situations of a limiter take. */

import type { Setting } from "../lab.ts";
import { limiterPowers, type NodePowers } from "./powers.ts";

/** A limiter as `operator up ratelimiter` brings it up. */
export const LIMITER_SETTING: Setting<NodePowers> = {
  subject: "ratelimiter",
  forgiving: { "latency-p99": { latencyMs: 1000 }, "node-stalled": { stalledRatio: 0.5 } },
  powers: limiterPowers,
};
