/** All endpoints of one limiter. */

import { probe } from "../../../core/subject/probe.ts";
import { ActionError } from "../../../core/text/errors.ts";
import { redisTarget } from "../../../io/redis-address.ts";
import type { RateLimiterConfig } from "../config.ts";
import { type NodeChange, NodeClient } from "./node-client.ts";
import { RedisInspector } from "./redis-client.ts";

/** The observer's connection to one limiter. */
export class RateLimiterClient implements AsyncDisposable {
  readonly nodes: readonly NodeClient[];
  readonly redis: RedisInspector;
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number;

  constructor({ nodes, redis, token, probeTimeout: timeoutMs, ...passwords }: RateLimiterConfig) {
    this.nodes = nodes.map((node) => new NodeClient({ ...node, token, timeoutMs }));
    this.redis = new RedisInspector(redisTarget(redis, passwords), timeoutMs);
    this.timeoutMs = timeoutMs;
  }

  /**
   * The node of that number.
   * @throws {ActionError} If the configuration has none.
   */
  node(id: string): NodeClient {
    const node = this.nodes.find((candidate) => candidate.id === id);
    if (node) return node;
    const known = this.nodes.map((candidate) => candidate.id).join(", ");
    throw new ActionError(`Cannot find node "${id}", expected one of ${known}`);
  }

  /**
   * The node of that number, once it has confirmed its number.
   * @throws {ActionError} If the configuration has none, or another node answers at its address.
   * @throws {ProbeError} If none answers there.
   */
  async ownNode(id: string, signal: AbortSignal): Promise<NodeClient> {
    const node = this.node(id);
    const { nodeNumber } = await node.health(signal);
    if (!/^\d+$/.test(id) || Number(id) === nodeNumber) return node;
    throw new ActionError(`Cannot change node/${id}: node ${nodeNumber} answers at its address "${node.address}"`);
  }

  /**
   * A node that answers, preferably one connected to Redis.
   * @throws {ActionError} If none answers.
   */
  async anyNode(signal: AbortSignal): Promise<NodeClient> {
    const answers = await Promise.all(
      this.nodes.map(async (node) => ({ node, health: await probe(() => node.health(signal)) })),
    );
    const answering = answers.flatMap(({ node, health }) => ("value" in health ? [{ node, ...health.value }] : []));
    const chosen = answering.find(({ redisConnected }) => redisConnected) ?? answering[0];
    if (chosen) return chosen.node;
    throw new ActionError("Cannot change the rate limiter: no node answers, expected at least one");
  }

  /**
   * Sends a change for all nodes to one that answers.
   * @throws {ActionError} If it refuses, or none answers.
   */
  async change(change: NodeChange, signal: AbortSignal): Promise<void> {
    const node = await this.anyNode(signal);
    await node.change(change, signal);
  }

  /** Whether a condition is true on every node that answers, and at least one answers. */
  async everyNode(isSo: (node: NodeClient) => Promise<boolean>): Promise<boolean> {
    const answers = await Promise.all(this.nodes.map((node) => probe(() => isSo(node))));
    const answered = answers.filter((answer) => "value" in answer);
    return answered.length > 0 && answered.every(({ value }) => value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.redis[Symbol.asyncDispose]();
  }
}
