/** `/api/config`: what this node enforces where a key has no limit of its own, and rolling out another. */

import type { Context } from "hono";
import * as v from "valibot";
import { agreedConfigOf, type LimiterNode } from "../../limiter-node.ts";
import { configHash } from "../../settings/config-hash.ts";
import { type LimiterSettings, NodeNumber } from "../../settings/settings.ts";
import { CONFIG_FIELDS, type ConfigField, entryName } from "../../settings/settings-entry.ts";
import { readFields, readJson } from "../body.ts";
import { fields } from "../fields.ts";
import { refuse } from "../http-error.ts";
import { pushJson } from "../push-json.ts";
import type { Route } from "./route.ts";

const ROLLED_OUT = ["algorithm", "limit", "window_ms"] as const satisfies readonly ConfigField[];

const ConfigQuery = v.object({ node: v.optional(NodeNumber) });
/** Answers of this API can be sent back: besides rollout fields they contain fields set at start and informational ones. */
const ConfigBody = fields({
  algorithm: v.nullish(CONFIG_FIELDS.algorithm),
  limit: v.nullish(CONFIG_FIELDS.limit),
  window_ms: v.nullish(CONFIG_FIELDS.window_ms),
  node: v.nullish(NodeNumber),
  on_redis_failure: v.optional(v.unknown()),
  local_overlap: v.optional(v.unknown()),
  callers: v.optional(v.unknown()),
  http: v.optional(v.unknown()),
  sources: v.optional(v.unknown()),
  config_hash: v.optional(v.unknown()),
  version: v.optional(v.unknown()),
  unreadable_settings: v.optional(v.unknown()),
});

/** Shows the configuration of this node, and rolls one out to one node or to all. */
export function configRoutes(node: LimiterNode): readonly Route[] {
  return [
    { method: "GET", path: "/api/config", access: "read", handle: (context) => showConfig(node, context) },
    { method: "PUT", path: "/api/config", access: "change", handle: (context) => rollOut(node, context) },
  ];
}

function showConfig(node: LimiterNode, context: Context): Response {
  const { settings, state, shared } = node;
  const asked = readFields(context.req.query(), ConfigQuery).node ?? settings.node;
  if (asked !== settings.node) {
    const message = `Cannot read the configuration of node ${asked} from node ${settings.node}, expected node ${settings.node}`;
    throw refuse({ status: 400, field: "node", message });
  }
  const { algorithm, limit, windowMs } = agreedConfigOf(node);
  return context.json({
    node: settings.node,
    algorithm,
    limit,
    window_ms: windowMs,
    ...startConfigOf(settings),
    sources: { ...state.config.sources, on_redis_failure: "start", local_overlap: "start" },
    config_hash: configHash(agreedConfigOf(node)),
    version: shared.versionUs,
    unreadable_settings: shared.unreadable,
  });
}

/** Settings that are fixed when a node starts. */
function startConfigOf(settings: LimiterSettings) {
  const { onRedisFailure, localOverlap, callers, allowedHosts, maxConnections, idleTimeoutMs } = settings;
  return {
    on_redis_failure: onRedisFailure,
    local_overlap: localOverlap,
    callers: {
      rules: callers.rules,
      max_limit: callers.limit,
      max_window_ms: callers.windowMs,
      max_cost: callers.cost,
    },
    http: { allowed_hosts: allowedHosts, max_connections: maxConnections, idle_timeout_ms: idleTimeoutMs },
  };
}

async function rollOut({ settings, shared }: LimiterNode, context: Context): Promise<Response> {
  const query = readFields(context.req.query(), ConfigQuery);
  const body = await readJson(context, ConfigBody);
  demandSameStart(body, settings);
  const node = body.node ?? query.node;
  if (query.node !== undefined && query.node !== node) {
    throw refuse({
      status: 400,
      field: "node",
      message: "Cannot roll out: query and body name different nodes, expected one node",
    });
  }
  const values = Object.fromEntries(
    ROLLED_OUT.flatMap((field) => (isGiven(body[field]) ? [[field, body[field]]] : [])),
  );
  const changes = Object.entries(values).map(
    ([field, value]) => [entryName.config(field, node), JSON.stringify(value)] as const,
  );
  if (changes.length === 0) {
    const message = `Cannot roll out an empty change, expected at least one of ${ROLLED_OUT.join(", ")}`;
    throw refuse({ status: 400, field: "body", message });
  }
  await shared.change(new Map(changes));
  return context.json({ rolled_out_to: node ?? "all", ...values, version: shared.versionUs, ...pushJson(shared) });
}

/** A value that is ignored must not look as if it had been rolled out. */
function demandSameStart(body: Readonly<Record<string, unknown>>, settings: LimiterSettings): void {
  for (const [field, own] of Object.entries(startConfigOf(settings))) {
    if (!isGiven(body[field]) || Bun.deepEquals(body[field], own)) continue;
    const message = `Cannot roll out ${field}: it is set when a node starts, expected ${JSON.stringify(own)}`;
    throw refuse({ status: 400, field, message });
  }
}

/** For an optional field, null means absent. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
