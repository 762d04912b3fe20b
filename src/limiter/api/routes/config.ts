/** `/api/config`: what this node enforces where a key has no limit of its own, and rolling out another. */

import type { Context } from "hono";
import * as v from "valibot";
import { agreedConfigOf, type LimiterNode } from "../../limiter-node.ts";
import { configHash } from "../../settings/config-hash.ts";
import { NodeNumber } from "../../settings/settings.ts";
import { CONFIG_FIELDS, entryName } from "../../settings/settings-entry.ts";
import { readFields, readJson } from "../body.ts";
import { fields } from "../fields.ts";
import { refuse } from "../http-error.ts";
import type { Route } from "./route.ts";

const ConfigQuery = v.object({ node: v.optional(NodeNumber) });
const ConfigBody = fields({
  algorithm: v.optional(CONFIG_FIELDS.algorithm),
  limit: v.optional(CONFIG_FIELDS.limit),
  window_ms: v.optional(CONFIG_FIELDS.window_ms),
  node: v.optional(NodeNumber),
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
    const message = `Cannot read the configuration of node ${asked} here, expected node ${settings.node}`;
    throw refuse({ status: 400, field: "node", message });
  }
  const { algorithm, limit, windowMs, onRedisFailure } = agreedConfigOf(node);
  return context.json({
    node: settings.node,
    algorithm,
    limit,
    window_ms: windowMs,
    on_redis_failure: onRedisFailure,
    sources: { ...state.config.sources, on_redis_failure: "start" },
    config_hash: configHash(agreedConfigOf(node)),
    version: shared.versionUs,
    unreadable_settings: shared.unreadable,
    callers: {
      rules: settings.callers.rules,
      max_limit: settings.callers.limit,
      max_window_ms: settings.callers.windowMs,
      max_cost: settings.callers.cost,
    },
    http: { allowed_hosts: settings.allowedHosts, max_connections: settings.maxConnections },
  });
}

async function rollOut({ shared }: LimiterNode, context: Context): Promise<Response> {
  const query = readFields(context.req.query(), ConfigQuery);
  const { node = query.node, ...values } = await readJson(context, ConfigBody);
  if (query.node !== undefined && query.node !== node) {
    throw refuse({ status: 400, field: "node", message: "Cannot roll out to two nodes, expected one" });
  }
  const changes = Object.entries(values).map(
    ([field, value]) => [entryName.config(field, node), JSON.stringify(value)] as const,
  );
  if (changes.length === 0) {
    const wanted = Object.keys(CONFIG_FIELDS).join(", ");
    throw refuse({ status: 400, field: "body", message: `Cannot roll out nothing, expected one of ${wanted}` });
  }
  await shared.change(new Map(changes));
  return context.json({ rolled_out_to: node ?? "all", ...values, version: shared.versionUs });
}
