/** The rate limiter that this project ships, as a subject. */

import { defineSubject, type Subject } from "../../core/subject.ts";
import { RateLimiterClient } from "./client.ts";
import { RateLimiterConfig } from "./config.ts";
import { invariants } from "./invariants/mod.ts";
import { model } from "./model.ts";
import { observe } from "./observe.ts";
import { topology } from "./topology.ts";

/** Nodes that share one Redis and allow each key so many units per window. */
export const ratelimiter: Subject = defineSubject({
  id: "ratelimiter",
  description:
    "A distributed rate limiter: nodes answer over HTTP whether a key may take more units, and count in one shared Redis.",
  vocabulary: {},
  config: RateLimiterConfig,
  connect,
  observe,
  topology,
  model,
  invariants,
  actions: [],
});

async function connect(config: RateLimiterConfig): Promise<RateLimiterClient> {
  return new RateLimiterClient(config);
}
