/** `/api/blocks`: keys denied outright, and keys at their limit. */

import type { LimiterNode } from "../../limiter-node.ts";
import { entryName } from "../../settings/settings-entry.ts";
import { readFields, readKey } from "../body.ts";
import { type CounterJson, counterJson, readCounter } from "../counter-json.ts";
import { PageQuery, pageOf } from "../page.ts";
import type { Route } from "./route.ts";

/** Counters read at most to find those at their limit. */
const CANDIDATES = 256;

/** Lists blocked and limited keys, and denies or admits a key. */
export function blockRoutes(node: LimiterNode): readonly Route[] {
  const { state, shared } = node;
  return [
    {
      method: "GET",
      path: "/api/blocks",
      access: "read",
      async handle(context) {
        const page = pageOf(state.blocks.keys(), readFields(context.req.query(), PageQuery));
        const blocked = page.keys.map((key) => ({ key, blocked_at: timeOf(state.blocks.get(key)) }));
        const { counters, truncated } = await keysAtLimit(node);
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
        return context.json({ key, blocked: true });
      },
    },
    {
      method: "DELETE",
      path: "/api/blocks/:key",
      access: "change",
      async handle(context) {
        const key = readKey(context);
        await shared.change(new Map([[entryName.block(key), undefined]]));
        return context.json({ key, blocked: false });
      },
    },
  ];
}

/** Of the keys that this node denied lately and of its heaviest ones, those that have nothing left now. */
async function keysAtLimit(node: LimiterNode): Promise<{ counters: CounterJson[]; truncated: boolean }> {
  const heaviest = node.decider.admissions({ keys: [], limit: CANDIDATES });
  const candidates = new Set([...node.denied.list(), ...heaviest.series.map(({ key }) => key)]);
  const counters = await Promise.all([...candidates].map((key) => readCounter(node, key)));
  const full = counters.map(counterJson).filter(({ remaining }) => remaining === 0);
  return { counters: full, truncated: node.denied.isFull || heaviest.truncated };
}

function timeOf(versionUs = 0): string {
  return new Date(versionUs / 1000).toISOString();
}
