/** Reads every expected node separately, so that a silent one hides no other. */

import { probe as attempt } from "../../../core/subject/probe.ts";
import { isAnswer } from "../../../core/words/probe-outcome.ts";
import { systemClock } from "../../../io/clock.ts";
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
  const [{ health, clockAheadMs }, config, admissions] = await Promise.all([
    healthOf(node, signal),
    attempt(() => node.config(signal)),
    attempt(() => node.admissions(HEAVIEST_ASKED, [], signal)),
  ]);
  const clock = clockAheadMs === undefined ? {} : { clockAheadMs };
  return { component, id, address, drained, ...clock, health, config, admissions };
}

/** The time that a node tells is taken to be that of the middle of the call. */
async function healthOf(node: NodeClient, signal: AbortSignal) {
  const begunMs = systemClock.now();
  const health = await attempt(() => node.health(signal));
  const middleMs = (begunMs + systemClock.now()) / 2;
  const clockMs = "value" in health ? health.value.clockMs : undefined;
  return { health, clockAheadMs: clockMs === undefined ? undefined : Math.round(clockMs - middleMs) + 0 };
}
