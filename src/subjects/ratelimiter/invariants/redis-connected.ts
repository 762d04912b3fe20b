/** Tells a dead Redis from a cut link: what each node says of its own connection is set against the observer's. */

import type { Invariant, Judgement } from "../../../core/invariant.ts";
import type { NodeReading, RateLimiterObservation } from "../observation.ts";
import { REDIS } from "../topology.ts";

/** Redis answers every node and the observer. */
export const redisConnected: Invariant<RateLimiterObservation> = {
  id: "redis-connected",
  severity: "critical",
  graceMs: 15_000,
  rationale: "A node without Redis counts alone, and together such nodes allow more than the limit.",
  check: (observation) => {
    const view = viewOf(observation);
    return [judgeRedis(observation, view), ...observation.nodes.map((node) => judgeNode(node, view))];
  },
};

/** Who reaches Redis. */
interface View {
  readonly answering: number;
  readonly connected: number;
  readonly observerReaches: boolean;
  /** Whether nobody could use Redis, so that it and not a link is at fault. */
  readonly isRedis: boolean;
}

function viewOf({ nodes, redis }: RateLimiterObservation): View {
  const healths = nodes.flatMap(({ health }) => ("value" in health ? [health.value] : []));
  const connected = healths.filter(({ redisConnected }) => redisConnected).length;
  const observerReaches = "value" in redis;
  // One node cannot tell its own link from the Redis behind it; two that fail at once can.
  const isRedis = connected === 0 && (!observerReaches || healths.length > 1);
  return { answering: healths.length, connected, observerReaches, isRedis };
}

function judgeRedis({ redis }: RateLimiterObservation, view: View): Judgement {
  const { answering, connected, observerReaches } = view;
  const evidence = {
    observerReaches,
    nodesAnswering: answering,
    nodesConnected: connected,
    probe: "value" in redis ? "answered" : redis.outcome,
    blockedClients: "value" in redis ? redis.value.blockedClients : null,
  };
  const judgement = { entity: REDIS, on: REDIS, evidence };
  const of = `${connected} of ${answering} nodes`;
  if ("failed" in redis) {
    return {
      ...judgement,
      verdict: "violated",
      summary: `Redis does not answer the observer, and ${of} use it: ${redis.failed}`,
    };
  }
  if (answering > 1 && connected === 0) {
    return {
      ...judgement,
      verdict: "violated",
      summary: `Redis answers the observer's reads, but serves none of ${answering} nodes`,
    };
  }
  return { ...judgement, verdict: "holds", summary: `Redis answers the observer, and ${of} use it` };
}

function judgeNode({ component, health }: NodeReading, view: View): Judgement {
  const judgement = { entity: component, on: view.isRedis ? REDIS : component };
  if ("failed" in health) {
    return {
      ...judgement,
      on: component,
      verdict: "unknown",
      summary: `Cannot ask ${component} for its Redis`,
      evidence: {},
    };
  }
  const { redisConnected: connected, degradedSeconds } = health.value;
  const evidence = {
    connected,
    degradedSeconds,
    observerReaches: view.observerReaches,
    otherNodesConnected: view.connected - Number(connected),
  };
  if (connected)
    return { ...judgement, on: component, verdict: "holds", summary: `Redis serves ${component}`, evidence };
  const cause = view.isRedis ? "nor any other" : "while others reach it";
  return { ...judgement, verdict: "violated", summary: `Redis does not serve ${component}, ${cause}`, evidence };
}
