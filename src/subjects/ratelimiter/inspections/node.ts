/** Inspections of a node. */

import { type Inspection, type Json, jsonOf } from "../../../core/subject/inspection.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { transcribe } from "../../../io/system/tcp.ts";
import type { RateLimiterClient } from "../client/client.ts";
import type { NodeClient } from "../client/node-client.ts";

type NodeInspection = Inspection<RateLimiterClient>;

const OF_NODE = { timeoutMs: 1000, appliesTo: (component: string): boolean => component.startsWith("node/") } as const;

const config: NodeInspection = {
  ...OF_NODE,
  id: "config",
  description: "What the node enforces, and where each value comes from.",
  cost: "cheap",
  compared: "changes",
  read: (client, component, signal) => reply(nodeOf(client, component), "/api/config", signal),
};

const state: NodeInspection = {
  ...OF_NODE,
  id: "state",
  description: "State of the node: its Redis with the last error, and the lag of its event loop.",
  cost: "cheap",
  read: (client, component, signal) => reply(nodeOf(client, component), "/health", signal),
};

const transcript: NodeInspection = {
  ...OF_NODE,
  id: "transcript",
  description: "GET /health over a separate connection: time to connect, time to the first byte, and the raw answer.",
  cost: "cheap",
  async read(client, component, signal) {
    const { address } = nodeOf(client, component);
    const send = `GET /health HTTP/1.1\r\nHost: ${address}\r\nConnection: close\r\n\r\n`;
    const within = AbortSignal.any([signal, AbortSignal.timeout(800)]);
    return { ...(await transcribe(address, { send, signal: within })) };
  },
};

/** Inspections of a node, cheap ones first. */
export const nodeInspections: readonly NodeInspection[] = [config, state, transcript];

function nodeOf(client: RateLimiterClient, component: ComponentId): NodeClient {
  return client.node(component.slice("node/".length));
}

async function reply(node: NodeClient, path: "/api/config" | "/health", signal: AbortSignal): Promise<Json> {
  return jsonOf(await node.raw(path, signal));
}
