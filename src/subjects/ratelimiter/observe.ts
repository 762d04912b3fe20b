/** Reads the limiter once: everything in parallel, what does not answer as data. */

import { ProbeError } from "../../core/errors.ts";
import { probe } from "../../core/invariant.ts";
import type { ObserveOptions } from "../../core/subject.ts";
import type { NodeClient, RateLimiterClient } from "./client.ts";
import type { NodeReading, RateLimiterObservation } from "./observation.ts";

/**
 * One look at every node.
 * @throws {ProbeError} If nothing answers.
 */
export async function observe(client: RateLimiterClient, { signal }: ObserveOptions): Promise<RateLimiterObservation> {
  const atMs = Date.now();
  const nodes = await Promise.all(client.nodes.map((node) => readNode(node, signal)));
  if (nodes.some(({ health }) => "value" in health)) return { atMs, nodes };
  const addresses = nodes.map(({ address }) => `"${address}"`).join(", ");
  throw new ProbeError(`Cannot observe the rate limiter: none of ${addresses} answers, expected at least one`);
}

async function readNode(node: NodeClient, signal: AbortSignal): Promise<NodeReading> {
  const { component, address } = node;
  return { component, address, health: await probe(() => node.health(signal)) };
}
