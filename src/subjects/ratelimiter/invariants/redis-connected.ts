/** Tells a dead Redis from a cut link: what each node says of its own connection is set against the observer's. */

import type { Judgement } from "../../../core/subject/invariant.ts";
import type { Read } from "../../../core/subject/probe.ts";
import type { RedisReading } from "../client/redis-client.ts";
import { invariant, type NodeReading } from "../observation.ts";
import { REDIS } from "../topology.ts";

/** Redis answers every node and the observer. */
export const redisConnected = invariant({
  id: "redis-connected",
  severity: "critical",
  graceMs: 15_000,
  rationale: "A node without Redis counts alone, and together such nodes allow more than the limit.",
  needs: ["nodes"],
  sees: ["redis"],
  reasons: ["connected", "refused", "timed-out", "foreign-answer", "serves-no-node", "node-cut-off", "node-silent"],
  check: ({ nodes, redis }) => {
    const view = viewOf(nodes, redis);
    return [judgeRedis(redis, view), ...nodes.map((node) => judgeNode(node, view))];
  },
});

const REASONS = { refused: "refused", "timed-out": "timed-out", failed: "foreign-answer" } as const;

type Reason = "connected" | (typeof REASONS)[keyof typeof REASONS] | "serves-no-node" | "node-cut-off" | "node-silent";

/** Who reaches Redis. */
interface View {
  readonly answering: number;
  readonly connected: number;
  readonly observerReaches: boolean;
  /** Whether nobody could use Redis, so that it and not a link is at fault. */
  readonly isRedis: boolean;
}

function viewOf(nodes: readonly NodeReading[], redis: Read<RedisReading>): View {
  const healths = nodes.flatMap(({ health }) => ("value" in health ? [health.value] : []));
  const connected = healths.filter(({ redisConnected }) => redisConnected).length;
  const observerReaches = "value" in redis;
  // One node cannot tell its own link from the Redis behind it; two that fail at once can.
  const isRedis = connected === 0 && (!observerReaches || healths.length > 1);
  return { answering: healths.length, connected, observerReaches, isRedis };
}

function judgeRedis(redis: Read<RedisReading>, view: View): Judgement<Reason> {
  const { answering, connected, observerReaches } = view;
  const evidence = {
    observerReaches,
    nodesAnswering: answering,
    nodesConnected: connected,
    probe: "value" in redis ? "answered" : redis.outcome,
    blockedClients: "value" in redis ? (redis.value.blockedClients ?? null) : null,
  };
  const judgement = { entity: REDIS, on: REDIS, evidence };
  const of = `${connected} of ${answering} nodes`;
  if ("failed" in redis) {
    return {
      ...judgement,
      verdict: "violated",
      reason: REASONS[redis.outcome],
      summary: `Redis does not answer the observer, and ${of} use it: ${redis.failed}`,
    };
  }
  if (answering > 1 && connected === 0) {
    return {
      ...judgement,
      verdict: "violated",
      reason: "serves-no-node",
      summary: `Redis answers the observer's reads, but serves none of ${answering} nodes`,
    };
  }
  const summary = `Redis answers the observer, and ${of} use it`;
  return { ...judgement, verdict: "holds", reason: "connected", summary };
}

function judgeNode({ component, health }: NodeReading, view: View): Judgement<Reason> {
  const judgement = { entity: component, on: view.isRedis ? REDIS : component };
  if ("failed" in health) {
    return {
      ...judgement,
      on: component,
      verdict: "unknown",
      reason: "node-silent",
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
  if (connected) {
    const summary = `Redis serves ${component}`;
    return { ...judgement, on: component, verdict: "holds", reason: "connected", summary, evidence };
  }
  const reason = view.isRedis ? "serves-no-node" : "node-cut-off";
  const cause = view.isRedis ? "nor any other" : "while others reach it";
  const summary = `Redis does not serve ${component}, ${cause}`;
  return { ...judgement, verdict: "violated", reason, summary, evidence };
}
