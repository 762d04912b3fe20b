/** Blocking and unblocking single keys. */

import * as v from "valibot";
import { defineAction } from "../../../core/subject/action.ts";
import type { RateLimiterClient } from "../client/client.ts";
import { entityOfKey } from "../keys/keys.ts";
import { Key } from "./fields.ts";

const Input = v.object({ key: Key });

/** Denies a key outright. */
export const blockKey = defineAction({
  id: "block-key",
  description: "Deny one key outright on every node. Helps when one client floods the limiter.",
  risk: "disruptive",
  input: Input,
  fixes: ({ mechanism, component }) => {
    const key = component.labels?.["heaviest_key"];
    return mechanism === "skewed-load" && key !== undefined ? { key } : undefined;
  },
  preview: ({ key }) => ({
    sends: `PUT ${pathOf(key)}`,
    expectedEffect: `every node denies "${key}"`,
    entities: [entityOfKey(key)],
    stops: [],
  }),
  run: (client: RateLimiterClient, { key }, signal) => block(client, key, signal),
  postCondition: (client, { key }, signal) => client.everyNode((node) => node.isBlocked(key, signal)),
  undo: (client, { key }, { signal }) => unblock(client, key, signal),
});

/** Lifts the block of a key. */
export const unblockKey = defineAction({
  id: "unblock-key",
  description: "Lift the block of one key, so that its limit decides again.",
  risk: "reversible",
  input: Input,
  preview: ({ key }) => ({
    sends: `DELETE ${pathOf(key)}`,
    expectedEffect: `no node denies "${key}" outright`,
    entities: [entityOfKey(key)],
    stops: [],
  }),
  run: (client: RateLimiterClient, { key }, signal) => unblock(client, key, signal),
  postCondition: (client, { key }, signal) => client.everyNode(async (node) => !(await node.isBlocked(key, signal))),
  undo: (client, { key }, { signal }) => block(client, key, signal),
});

async function block(client: RateLimiterClient, key: string, signal: AbortSignal): Promise<string> {
  await client.change({ method: "PUT", path: pathOf(key) }, signal);
  return `Blocked "${key}"`;
}

async function unblock(client: RateLimiterClient, key: string, signal: AbortSignal): Promise<string> {
  await client.change({ method: "DELETE", path: pathOf(key) }, signal);
  return `Lifted the block of "${key}"`;
}

function pathOf(key: string): string {
  return `/api/blocks/${encodeURIComponent(key)}`;
}
