/** Reads every expected node separately, so that a silent one hides no other. */

import { probe as attempt } from "../../../core/subject/probe.ts";
import { isAnswer } from "../../../core/words/probe-outcome.ts";
import type { NodeClient } from "../client/node-client.ts";
import { HEAVIEST_ASKED } from "../keys/demand.ts";
import { type NodeReading, probe } from "../observation.ts";
import { withIdentities } from "./node-identity.ts";

/** Health, configuration and newest admissions of each node. */
export const nodes = probe("nodes", {
  everyMs: 500,
  timeoutMs: ({ timeoutMs }) => timeoutMs + MARGIN_MS,
  read: async ({ nodes }, { signal }) => withIdentities(await Promise.all(nodes.map((node) => readNode(node, signal)))),
  silence: (nodes) => {
    const [first, ...more] = nodes.flatMap(({ health }) =>
      "failed" in health && !isAnswer(health.outcome) ? [health.failed] : [],
    );
    if (first === undefined || more.length + 1 < nodes.length) return undefined;
    return more.length > 0 ? `${first}; and ${more.length} more nodes` : first;
  },
});

/** Each call has its own deadline, so that a node that hangs fails alone. */
const MARGIN_MS = 500;

async function readNode(node: NodeClient, signal: AbortSignal): Promise<NodeReading> {
  const { component, id, address, drained } = node;
  const [health, config, admissions] = await Promise.all([
    attempt(() => node.health(signal)),
    attempt(() => node.config(signal)),
    attempt(() => node.admissions(HEAVIEST_ASKED, [], signal)),
  ]);
  return { component, id, address, drained, health, config, admissions };
}
