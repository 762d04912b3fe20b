/** Limits of single keys: set and removed on all nodes at once. */

import * as v from "valibot";
import { defineAction, type UndoOptions } from "../../../core/subject/action.ts";
import { parse } from "../../../core/text/parse.ts";
import type { RateLimiterClient } from "../client/client.ts";
import type { NodeChange } from "../client/node-client.ts";
import { entityOfKey } from "../keys/keys.ts";
import { Key, Limit, WindowMs } from "./fields.ts";

const OwnLimit = v.object({ limit: Limit, windowMs: v.optional(WindowMs) });
type OwnLimit = v.InferOutput<typeof OwnLimit>;

/** The former limit of a key; `null` if it had none. */
const Former = v.nullable(OwnLimit);

const NewLimit = v.object({ key: Key, ...OwnLimit.entries });
const NoLimit = v.object({ key: Key });

/** Gives a key a limit of its own. */
export const setLimit = defineAction({
  id: "set-limit",
  description:
    "Set a limit for one key on every node. Helps when the key takes too much or needs more than the default limit.",
  risk: "reversible",
  input: NewLimit,
  preview: ({ key, limit, windowMs }) => ({
    sends: shown(put(key, { limit, windowMs })),
    expectedEffect: `every node allows "${key}" at most ${limit} units per window`,
    entities: [entityOfKey(key)],
    stops: [],
  }),
  async run(client: RateLimiterClient, { key, ...own }, signal) {
    await client.change(put(key, own), signal);
    return `Set the limit of "${key}" to ${own.limit}`;
  },
  postCondition: (client, { key, ...own }, signal) => isEverywhere(client, { key, own }, signal),
  capture: (client, { key }, signal) => formerLimit(client, key, signal),
  undo: (client, { key }, options) => restore(client, key, options),
});

/** Removes the limit of a key. */
export const unsetLimit = defineAction({
  id: "unset-limit",
  description: "Remove the limit that was set for one key, so that the default limit applies to it.",
  risk: "reversible",
  input: NoLimit,
  preview: ({ key }) => ({
    sends: shown(remove(key)),
    expectedEffect: `the default limit applies to "${key}" on every node`,
    entities: [entityOfKey(key)],
    stops: [],
  }),
  async run(client: RateLimiterClient, { key }, signal) {
    await client.change(remove(key), signal);
    return `Removed the limit of "${key}"`;
  },
  postCondition: (client, { key }, signal) => isEverywhere(client, { key }, signal),
  capture: (client, { key }, signal) => formerLimit(client, key, signal),
  undo: (client, { key }, options) => restore(client, key, options),
});

async function formerLimit(client: RateLimiterClient, key: string, signal: AbortSignal): Promise<OwnLimit | null> {
  const own = await (await client.anyNode(signal)).limit(key, signal);
  return own ? { limit: own.limit, windowMs: own.windowMs } : null;
}

async function restore(client: RateLimiterClient, key: string, { captured, signal }: UndoOptions): Promise<string> {
  const former = parse(Former, captured, `the former limit of "${key}"`);
  await client.change(former ? put(key, former) : remove(key), signal);
  return former
    ? `Set the limit of "${key}" back to ${former.limit}`
    : `Removed the limit of "${key}", which had none before`;
}

interface Wanted {
  readonly key: string;
  /** Absent if the key should have no limit of its own. */
  readonly own?: OwnLimit;
}

function isEverywhere(client: RateLimiterClient, { key, own: wanted }: Wanted, signal: AbortSignal): Promise<boolean> {
  return client.everyNode(async (node) => {
    const own = await node.limit(key, signal);
    return own?.limit === wanted?.limit && (wanted?.windowMs === undefined || own?.windowMs === wanted.windowMs);
  });
}

function put(key: string, { limit, windowMs }: OwnLimit): NodeChange {
  const body = { limit, ...(windowMs !== undefined && { window_ms: windowMs }) };
  return { method: "PUT", path: `/api/limits/${encodeURIComponent(key)}`, body };
}

function remove(key: string): NodeChange {
  return { method: "DELETE", path: `/api/limits/${encodeURIComponent(key)}` };
}

function shown({ method, path, body }: NodeChange): string {
  return [method, path, body && JSON.stringify(body)].filter(Boolean).join(" ");
}
