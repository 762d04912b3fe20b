/** Taking one node out of service and back. */

import * as v from "valibot";
import { defineAction } from "../../../core/subject/action.ts";
import type { RateLimiterClient } from "../client/client.ts";
import { NodeId } from "./fields.ts";

const Input = v.object({ node: NodeId });

/** Takes a node out of service. */
export const drainNode = defineAction({
  id: "drain-node",
  description:
    "Drain one node: it finishes the checks in progress and refuses new ones, for instance before a restart.",
  risk: "reversible",
  input: Input,
  preview: ({ node }) => ({
    sends: `POST /api/node/drain to node/${node}`,
    expectedEffect: `node/${node} refuses checks and leaves the register`,
    entities: [`node/${node}`],
    stops: [`node/${node}`],
  }),
  run: (client: RateLimiterClient, { node }, signal) => drain(client, node, signal),
  postCondition: async (client, { node }, signal) => (await client.node(node).health(signal)).draining,
  undo: (client, { node }, { signal }) => undrain(client, node, signal),
});

/** Takes a node back into service. */
export const undrainNode = defineAction({
  id: "undrain-node",
  description: "Let a drained node take checks again.",
  risk: "reversible",
  input: Input,
  fixes: ({ mechanism, component: { id, labels } }) => {
    const drained = mechanism === "configuration-change" && labels?.["draining"] === "true";
    return drained ? { node: id.slice("node/".length) } : undefined;
  },
  preview: ({ node }) => ({
    sends: `POST /api/node/undrain to node/${node}`,
    expectedEffect: `node/${node} takes checks and rejoins the register`,
    entities: [`node/${node}`],
    stops: [],
  }),
  run: (client: RateLimiterClient, { node }, signal) => undrain(client, node, signal),
  postCondition: async (client, { node }, signal) => !(await client.node(node).health(signal)).draining,
  undo: (client, { node }, { signal }) => drain(client, node, signal),
});

async function drain(client: RateLimiterClient, node: string, signal: AbortSignal): Promise<string> {
  const own = await client.ownNode(node, signal);
  await own.change({ method: "POST", path: "/api/node/drain" }, signal);
  return `Drained node/${node}`;
}

async function undrain(client: RateLimiterClient, node: string, signal: AbortSignal): Promise<string> {
  const own = await client.ownNode(node, signal);
  await own.change({ method: "POST", path: "/api/node/undrain" }, signal);
  return `Took node/${node} back into service`;
}
