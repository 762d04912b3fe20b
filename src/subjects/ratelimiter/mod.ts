/** The rate limiter that this project ships, as a subject. */

import { defineSubject, type ScrapeTarget, type Subject } from "../../core/subject/subject.ts";
import { actions } from "./actions/mod.ts";
import { RateLimiterClient } from "./client/client.ts";
import { METRICS } from "./client/node-metrics.ts";
import { RateLimiterConfig } from "./config.ts";
import { nodeInspections } from "./inspections/node.ts";
import { redisInspections } from "./inspections/redis.ts";
import { invariants } from "./invariants/mod.ts";
import { parseLog } from "./logs.ts";
import { model } from "./model.ts";
import { probes } from "./probes/mod.ts";
import { isRetired } from "./retired.ts";
import { topology } from "./topology.ts";
import { vocabulary } from "./vocabulary.ts";

/** The subject: nodes that share one Redis and allow each key a number of units per window. */
export const ratelimiter: Subject = defineSubject({
  id: "ratelimiter",
  description:
    "A distributed rate limiter: nodes answer over HTTP whether a key may take more units, and count in one shared Redis. A node that cannot reach Redis decides alone, by its own counts or by its configured policy, and reports it.",
  vocabulary,
  config: RateLimiterConfig,
  connect,
  probes,
  topology,
  model,
  invariants,
  actions,
  inspections: [...redisInspections, ...nodeInspections],
  register: { probe: "register", kind: "node" },
  isRetired,
  metricsUrl: ({ prometheus }) => prometheus,
  scrapes,
  metrics: METRICS,
  logs: parseLog,
});

function scrapes({ nodes }: RateLimiterConfig): readonly ScrapeTarget[] {
  return nodes.map(({ id, address }) => ({ component: `node/${id}`, url: `http://${address}/metrics` }));
}

async function connect(config: RateLimiterConfig): Promise<RateLimiterClient> {
  const client = new RateLimiterClient(config);
  await client.redis.settled();
  return client;
}
