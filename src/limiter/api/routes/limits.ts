/** `/api/limits`: limits of single keys, enforced by every node. */

import * as v from "valibot";
import type { LimiterNode } from "../../limiter-node.ts";
import { entryName } from "../../settings/settings-entry.ts";
import { readFields, readJson, readKey } from "../body.ts";
import { fields, Limit, WindowMs } from "../fields.ts";
import { PageQuery, pageOf } from "../page.ts";
import type { Route } from "./route.ts";

const LimitBody = fields({ limit: Limit, window_ms: v.optional(WindowMs) });

/** Lists, sets and removes the limits of single keys. */
export function limitRoutes({ state, shared }: LimiterNode): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/api/limits",
      access: "read",
      handle(context) {
        const page = pageOf(state.limits.keys(), readFields(context.req.query(), PageQuery));
        return context.json({ limits: page.keys.map((key) => limitJson(key, state)), cursor: page.cursor });
      },
    },
    {
      method: "PUT",
      path: "/api/limits/:key",
      access: "change",
      async handle(context) {
        const key = readKey(context);
        const limit = await readJson(context, LimitBody);
        await shared.change(new Map([[entryName.limit(key), JSON.stringify(limit)]]));
        return context.json(limitJson(key, state));
      },
    },
    {
      method: "DELETE",
      path: "/api/limits/:key",
      access: "change",
      async handle(context) {
        const key = readKey(context);
        const deleted = state.limits.has(key);
        await shared.change(new Map([[entryName.limit(key), undefined]]));
        return context.json({ key, deleted });
      },
    },
  ];
}

function limitJson(key: string, { limits }: LimiterNode["state"]) {
  const limit = limits.get(key);
  return { key, limit: limit?.limit, window_ms: limit?.windowMs ?? null, version: limit?.versionUs };
}
