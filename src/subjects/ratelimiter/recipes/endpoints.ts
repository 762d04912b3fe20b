/** Endpoints and intended settings of a limiter that a deployment runs, from the settings of its recipe. */

import * as v from "valibot";
import { Count, DurationMs } from "../../../core/text/units.ts";
import type { Deployed } from "../../../deployments/lab.ts";
import { DEFAULT_SETTINGS, REDIS_PASSWORD, TOKEN } from "./local.ts";

/** Settings that the recipe gave to every node. */
const Settings = v.object({
  algorithm: v.optional(v.string(), DEFAULT_SETTINGS.algorithm),
  limit: v.optional(Count, DEFAULT_SETTINGS.limit),
  window: v.optional(DurationMs, DEFAULT_SETTINGS.window),
  "on-redis-failure": v.optional(v.string(), DEFAULT_SETTINGS["on-redis-failure"]),
});

/** The subject's configuration as JSON, which the subject validates. */
export function rateLimiterEndpoints(deployment: Deployed): unknown {
  const { components, settings } = deployment;
  const { algorithm, limit, window, ...rest } = v.parse(Settings, settings);
  const [token, redisPassword] = [deployment.secret(TOKEN), deployment.secret(REDIS_PASSWORD)];
  const addressOf = (kind: string): string | undefined =>
    components.find((component) => component.kind === kind)?.address;
  const prometheus = addressOf("prometheus");
  return {
    nodes: components
      .filter(({ kind }) => kind === "node")
      .map(({ id, address }) => ({ id: id.slice("node/".length), address })),
    redis: `redis://${addressOf("redis")}`,
    ...(prometheus !== undefined && { prometheus: `http://${prometheus}` }),
    ...(token !== undefined && { token }),
    ...(redisPassword !== undefined && { redisPassword }),
    intended: { algorithm, limit, windowMs: window, onRedisFailure: rest["on-redis-failure"] },
  };
}
