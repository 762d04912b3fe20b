/** `/health`, `/ready` and `/metrics`: whether the process works, whether it should be given work, and its figures. */

import { excerptOf } from "../../../core/text/excerpt.ts";
import { type LimiterNode, stateOf } from "../../limiter-node.ts";
import { EXPOSITION_TYPE } from "../../metrics.ts";
import { refusalReply } from "../http-error.ts";
import type { Route } from "./route.ts";

/** Status words of `/health`, by state; the process works in all of them. */
const STATUS = { ready: "ok", degraded: "degraded", draining: "draining" } as const;

/** Tells how the node is. */
export function healthRoutes(node: LimiterNode): readonly Route[] {
  return [
    { method: "GET", path: "/health", access: "open", handle: () => Response.json(healthOf(node)) },
    { method: "GET", path: "/ready", access: "open", handle: () => readiness(node) },
    {
      method: "GET",
      path: "/metrics",
      access: "open",
      handle: async () => new Response(await node.exposition(), { headers: { "content-type": EXPOSITION_TYPE } }),
    },
  ];
}

function healthOf(node: LimiterNode) {
  const { connected, degradedSeconds } = node.decider.health();
  const { lastRedisError } = node.metrics;
  return {
    status: STATUS[stateOf(node)],
    node: node.settings.node,
    version: node.version,
    started_at: new Date(node.startedAtMs).toISOString(),
    draining: node.draining,
    degraded: !connected,
    degraded_seconds: degradedSeconds,
    redis_connected: connected,
    on_redis_failure: node.settings.onRedisFailure,
    last_redis_error: lastRedisError && {
      at: new Date(lastRedisError.atMs).toISOString(),
      message: excerptOf(lastRedisError.message),
    },
    event_loop_lag_seconds: node.lagSeconds(),
  };
}

function readiness(node: LimiterNode): Response {
  const id = node.settings.node;
  if (node.draining) {
    return refusalReply({ status: 503, field: "node", message: `Cannot use node ${id}: it is draining` });
  }
  if (!node.decider.health().connected) {
    return refusalReply({ status: 503, field: "redis", message: `Cannot use node ${id}: Redis does not answer it` });
  }
  return Response.json({ ready: true, node: id });
}
