/** `/api/counters`: lists and resets counters. */

import { ProbeError } from "../../../core/text/errors.ts";
import { askRedis } from "../../decide/redis/ask-redis.ts";
import type { LimiterNode } from "../../limiter-node.ts";
import { readFields, readKey } from "../body.ts";
import { counterJson, readCounter } from "../counter-json.ts";
import { PageQuery } from "../page.ts";
import { pushJson } from "../push-json.ts";
import type { Route } from "./route.ts";

/** Reads counters page by page or one by one, and resets them. */
export function counterRoutes(node: LimiterNode): readonly Route[] {
  const { decider, shared, state } = node;
  return [
    {
      method: "GET",
      path: "/api/counters",
      access: "read",
      async handle(context) {
        const query = readFields(context.req.query(), PageQuery);
        const { counters, cursor, unreadable } = await askRedis("read the counters", () => decider.counters(query));
        return context.json({ counters: counters.map(counterJson), cursor, unreadable });
      },
    },
    {
      method: "GET",
      path: "/api/counters/:key",
      access: "read",
      handle: async (context) => context.json(counterJson(await readCounter(node, readKey(context)))),
    },
    {
      method: "POST",
      path: "/api/counters/:key/reset",
      access: "change",
      async handle(context) {
        const key = readKey(context);
        const rule = state.complete({ key, cost: 1, limit: undefined, windowMs: undefined });
        await askRedis(
          `reset counter "${key}"`,
          () => decider.reset(key, rule),
          () => decider.health().alone?.reason,
        );
        return context.json({ key, reset: true, ...(await announced(shared, key)) });
      },
    },
  ];
}

/** The counter is already reset, even if the other nodes cannot be told to drop what they cached. */
async function announced(shared: LimiterNode["shared"], key: string): Promise<ReturnType<typeof pushJson>> {
  try {
    await shared.announceReset(key);
    return pushJson(shared);
  } catch (error) {
    if (error instanceof ProbeError) return { push: "off", push_reason: error.word ?? "silent" };
    throw error;
  }
}
