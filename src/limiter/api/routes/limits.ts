/** `/api/limits`: limits of single keys, enforced by every node. */

import * as v from "valibot";
import type { LimiterNode } from "../../limiter-node.ts";
import { MAX_PAGE } from "../../settings/bounds.ts";
import { entryName } from "../../settings/settings-entry.ts";
import { readFields, readJson, readKey } from "../body.ts";
import { fields, Key, Limit, WindowMs } from "../fields.ts";
import { refuse } from "../http-error.ts";
import { PageQuery, pageOf } from "../page.ts";
import { pushJson } from "../push-json.ts";
import type { Route } from "./route.ts";

/** Answers of this API can be sent back; fields that are not settings are ignored. */
const LimitBody = fields({
  limit: Limit,
  window_ms: v.nullish(WindowMs),
  key: v.nullish(Key),
  version: v.optional(v.unknown()),
});
const LimitsBody = fields({
  limits: v.pipe(
    v.array(
      v.pipe(
        LimitBody,
        v.check(({ key }) => typeof key === "string", "Cannot set a limit without a key"),
      ),
    ),
    v.nonEmpty("Cannot set an empty list, expected at least one"),
    v.maxLength(MAX_PAGE, `Cannot set limits: too many in one call, expected at most ${MAX_PAGE}`),
  ),
  cursor: v.optional(v.unknown()),
  default: v.optional(v.unknown()),
});

/** Lists, sets and removes the limits of single keys. */
export function limitRoutes({ state, shared }: LimiterNode): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/api/limits",
      access: "read",
      handle(context) {
        const page = pageOf(state.limits.keys(), readFields(context.req.query(), PageQuery));
        const { limit, windowMs } = state.config;
        return context.json({
          default: { limit, window_ms: windowMs },
          limits: page.keys.map((key) => limitJson(key, state)),
          cursor: page.cursor,
        });
      },
    },
    {
      method: "PUT",
      path: "/api/limits",
      access: "change",
      async handle(context) {
        const { limits } = await readJson(context, LimitsBody);
        const named = limits.map(({ key, ...limit }) => [key ?? "", limit] as const);
        await shared.change(new Map(named.map(([key, limit]) => [entryName.limit(key), valueOf(limit)])));
        return context.json({ limits: named.map(([key]) => limitJson(key, state)), ...pushJson(shared) });
      },
    },
    {
      method: "PUT",
      path: "/api/limits/:key",
      access: "change",
      async handle(context) {
        const key = readKey(context);
        const { key: again, ...limit } = await readJson(context, LimitBody);
        if (typeof again === "string" && again !== key) {
          throw refuse({
            status: 400,
            field: "key",
            message: `Cannot set limit: path and body name different keys, expected "${key}"`,
          });
        }
        await shared.change(new Map([[entryName.limit(key), valueOf(limit)]]));
        return context.json({ ...limitJson(key, state), ...pushJson(shared) });
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
        return context.json({ key, deleted, ...pushJson(shared) });
      },
    },
  ];
}

function valueOf({ limit, window_ms }: Omit<v.InferOutput<typeof LimitBody>, "key">): string {
  return JSON.stringify({ limit, ...(typeof window_ms === "number" && { window_ms }) });
}

function limitJson(key: string, { limits }: LimiterNode["state"]) {
  const limit = limits.get(key);
  return { key, limit: limit?.limit, window_ms: limit?.windowMs ?? null, version: limit?.versionUs };
}
