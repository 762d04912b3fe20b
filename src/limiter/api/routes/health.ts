/** `/health`, `/ready` and `/metrics`: whether the process works, whether it accepts checks, and its metrics. */

import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { excerptOf } from "../../../core/text/excerpt.ts";
import { systemClock } from "../../../io/clock.ts";
import { describeTrouble } from "../../../io/redis-trouble.ts";
import { type LimiterNode, stateOf } from "../../limiter-node.ts";
import { EXPOSITION_TYPES, type ExpositionFormat } from "../../metrics.ts";
import { refusalReply } from "../http-error.ts";
import type { Route } from "./route.ts";

/** Status words of `/health`, by state; the process runs in all of them. */
const STATUS = { ready: "ok", degraded: "degraded", draining: "draining" } as const;

/** Reports the health and metrics of the node. */
export function healthRoutes(node: LimiterNode): readonly Route[] {
  return [
    { method: "GET", path: "/health", access: "open", handle: () => Response.json(healthOf(node)) },
    { method: "GET", path: "/ready", access: "open", handle: () => readiness(node) },
    // Default health checks of load balancers: HAProxy sends `OPTIONS /`, others `GET /`.
    { method: "GET", path: "/", access: "open", handle: () => readiness(node) },
    { method: "OPTIONS", path: "/", access: "open", handle: () => readiness(node) },
    { method: "GET", path: "/metrics", access: "open", handle: (context) => metricsPage(node, context) },
  ];
}

function healthOf(node: LimiterNode) {
  const { connected, alone, degradedSeconds, primariesAlone, answers, answersOfPrimaries } = node.decider.health();
  const { lastRedisError } = node.metrics;
  return {
    status: STATUS[stateOf(node)],
    node: node.settings.node,
    version: node.version,
    started_at: new Date(node.startedAtMs).toISOString(),
    draining: node.draining,
    degraded: !connected,
    degraded_reason: alone?.reason ?? null,
    degraded_since: alone ? new Date(performance.timeOrigin + alone.sinceMs).toISOString() : null,
    degraded_primaries: primariesAlone,
    degraded_seconds: degradedSeconds,
    redis_connected: connected,
    redis_answers: answers ?? null,
    primary_answers: answersOfPrimaries,
    clock: new Date(systemClock.now() + node.clockOffsetMs).toISOString(),
    settings_push: node.shared.pushTrouble ?? "on",
    on_redis_failure: node.settings.onRedisFailure,
    known_nodes: node.standing.knownNodes() ?? null,
    last_redis_error: lastRedisError && {
      at: new Date(lastRedisError.atMs).toISOString(),
      message: excerptOf(lastRedisError.message),
    },
    event_loop_lag_seconds: node.loop.lagSeconds,
    stalled_seconds: node.loop.stalledSeconds,
  };
}

/** OpenMetrics for clients that prefer it, such as Prometheus; the text format for all others. */
async function metricsPage({ exposition }: LimiterNode, context: Context): Promise<Response> {
  const format: ExpositionFormat =
    accepts(context, { header: "Accept", supports: Object.keys(EXPOSITION_TYPES), default: "text/plain" }) ===
    "application/openmetrics-text"
      ? "application/openmetrics-text"
      : "text/plain";
  return new Response(await exposition(format), {
    headers: { "content-type": EXPOSITION_TYPES[format], vary: "accept" },
  });
}

function readiness(node: LimiterNode): Response {
  const id = node.settings.node;
  if (node.draining) {
    return refusalReply({ status: 503, field: "node", message: `Cannot use node ${id}: it is draining` });
  }
  const { alone } = node.decider.health();
  if (alone) {
    const message = `Cannot use node ${id}: ${describeTrouble(alone.reason)}`;
    return refusalReply({ status: 503, field: "redis", message });
  }
  return Response.json({ ready: true, node: id });
}
