/** Limits of single keys: set and removed on all nodes at once. */

import * as v from "valibot";
import { defineAction } from "../../../core/subject/action.ts";
import { ActionError } from "../../../core/text/errors.ts";
import type { RateLimiterClient } from "../client/client.ts";
import type { NodeChange } from "../client/node-client.ts";
import { entityOfKey } from "../keys/keys.ts";
import { Key, Limit, WindowMs } from "./fields.ts";

const OwnLimit = v.object({ limit: Limit, windowMs: v.optional(WindowMs) });
type OwnLimit = v.InferOutput<typeof OwnLimit>;

const Replaced = v.pipe(
  v.optional(OwnLimit),
  v.description("The limit of its own that the key has now, where it has one; undoing brings it back."),
);
const NewLimit = v.object({ key: Key, ...OwnLimit.entries, replaces: Replaced });
const NoLimit = v.object({ key: Key, replaces: Replaced });

/** Gives a key a limit of its own. */
export const setLimit = defineAction({
  id: "set-limit",
  description: "Give one key a limit of its own on every node. Helps when one key takes too much, or may take more.",
  risk: "reversible",
  input: NewLimit,
  preview: ({ key, limit, windowMs }) => ({
    sends: shown(put(key, { limit, windowMs })),
    expectedEffect: `every node allows "${key}" at most ${limit} units per window`,
    entities: [entityOfKey(key)],
    stops: [],
  }),
  async run(client: RateLimiterClient, { key, replaces, ...own }, signal) {
    await checkReplaced(client, { key, replaces }, signal);
    await client.change(put(key, own), signal);
    return `Set the limit of "${key}" to ${own.limit}`;
  },
  postCondition: (client, { key, ...own }, signal) => isEverywhere(client, { key, replaces: own }, signal),
  undo: (client, { key, replaces }, signal) => restore(client, { key, replaces }, signal),
});

/** Takes a key's own limit away. */
export const unsetLimit = defineAction({
  id: "unset-limit",
  description: "Remove the limit of its own that one key has, so that the limit of all keys holds for it.",
  risk: "reversible",
  input: NoLimit,
  preview: ({ key }) => ({
    sends: shown(remove(key)),
    expectedEffect: `the limit of all keys holds for "${key}" on every node`,
    entities: [entityOfKey(key)],
    stops: [],
  }),
  async run(client: RateLimiterClient, { key, replaces }, signal) {
    await checkReplaced(client, { key, replaces }, signal);
    await client.change(remove(key), signal);
    return `Removed the limit of "${key}"`;
  },
  postCondition: (client, { key }, signal) => isEverywhere(client, { key, replaces: undefined }, signal),
  undo: (client, { key, replaces }, signal) => restore(client, { key, replaces }, signal),
});

interface Before {
  readonly key: string;
  readonly replaces?: OwnLimit | undefined;
}

/** What would be lost must have been seen by anyone who approved: otherwise undoing would not bring it back. */
async function checkReplaced(client: RateLimiterClient, { key, replaces }: Before, signal: AbortSignal): Promise<void> {
  const node = await client.anyNode(signal);
  const own = await node.limit(key, signal);
  if (own === undefined || (own.limit === replaces?.limit && own.windowMs === replaces.windowMs)) return;
  throw new ActionError(
    `Cannot replace the limit of "${key}": it is ${JSON.stringify(own)}, expected that in "replaces"`,
  );
}

async function restore(client: RateLimiterClient, { key, replaces }: Before, signal: AbortSignal): Promise<string> {
  await client.change(replaces ? put(key, replaces) : remove(key), signal);
  return replaces ? `Set the limit of "${key}" back to ${replaces.limit}` : `Removed the limit of "${key}" again`;
}

function isEverywhere(
  client: RateLimiterClient,
  { key, replaces: wanted }: Before,
  signal: AbortSignal,
): Promise<boolean> {
  return client.everyNode(async (node) => {
    const own = await node.limit(key, signal);
    return own?.limit === wanted?.limit && own?.windowMs === wanted?.windowMs;
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
