/** `/api/blocks`: keys denied outright, and keys at their limit. */

import { askRedis } from "../../decide/redis/ask-redis.ts";
import type { LimiterNode } from "../../limiter-node.ts";
import { entryName } from "../../settings/settings-entry.ts";
import { readFields, readKey } from "../body.ts";
import { type CounterJson, counterJson } from "../counter-json.ts";
import { PageQuery, pageOf } from "../page.ts";
import { pushJson } from "../push-json.ts";
import type { Route } from "./route.ts";

/** Counters per page, and maximum of pages read to find keys at their limit. */
const COUNTERS_AT_ONCE = 1000;
const MAX_PAGES = 10;

/** Lists blocked and limited keys, and denies or admits a key. */
export function blockRoutes(node: LimiterNode): readonly Route[] {
  const { state, shared } = node;
  return [
    {
      method: "GET",
      path: "/api/blocks",
      access: "read",
      async handle(context) {
        const query = readFields(context.req.query(), PageQuery);
        const page = pageOf(state.blocks.keys(), query);
        const blocked = page.keys.map((key) => ({ key, blocked_at: timeOf(state.blocks.get(key)) }));
        const { counters, truncated } = await countersAtLimit(node, query);
        return context.json({ blocked, cursor: page.cursor, at_limit: counters, truncated });
      },
    },
    {
      method: "PUT",
      path: "/api/blocks/:key",
      access: "change",
      async handle(context) {
        const key = readKey(context);
        await shared.change(new Map([[entryName.block(key), "true"]]));
        return context.json({ key, blocked: true, ...pushJson(shared) });
      },
    },
    {
      method: "DELETE",
      path: "/api/blocks/:key",
      access: "change",
      async handle(context) {
        const key = readKey(context);
        await shared.change(new Map([[entryName.block(key), undefined]]));
        return context.json({ key, blocked: false, ...pushJson(shared) });
      },
    },
  ];
}

interface AtLimit {
  readonly counters: readonly CounterJson[];
  /** Whether there may be more keys. */
  readonly truncated: boolean;
}

/** Reads the shared counters, so that every node answers the same. */
async function countersAtLimit({ decider }: LimiterNode, { prefix, limit }: PageQuery): Promise<AtLimit> {
  const full: CounterJson[] = [];
  let cursor = "";
  for (let pages = 0; pages < MAX_PAGES && (pages === 0 || cursor !== ""); pages += 1) {
    const page = { prefix, cursor, limit: COUNTERS_AT_ONCE };
    const found = await askRedis("read the counters", () => decider.counters(page));
    full.push(...found.counters.map(counterJson).filter(({ remaining }) => remaining === 0));
    ({ cursor } = found);
  }
  const counters = full.toSorted((one, other) => (one.key < other.key ? -1 : 1)).slice(0, limit);
  return { counters, truncated: cursor !== "" || full.length > limit };
}

function timeOf(versionUs = 0): string {
  return new Date(versionUs / 1000).toISOString();
}
