/** Reads the limiter once: everything in parallel, what does not answer as data. */

import { ProbeError } from "../../core/errors.ts";
import { type Probed, probe } from "../../core/invariant.ts";
import type { ObserveOptions } from "../../core/subject.ts";
import type { RateLimiterClient } from "./client.ts";
import { demandOf, HEAVIEST_ASKED } from "./demand.ts";
import { examineKeys } from "./examine-keys.ts";
import { keysOf, worthALook } from "./keys.ts";
import type { NodeClient } from "./node-client.ts";
import { readMetrics } from "./node-metrics.ts";
import type { NodeReading, RateLimiterObservation } from "./observation.ts";
import type { Register } from "./replies.ts";
import { suspectsOf } from "./suspects.ts";

/**
 * One look at every node and at Redis.
 * @throws {ProbeError} If nothing answers.
 */
export async function observe(client: RateLimiterClient, options: ObserveOptions): Promise<RateLimiterObservation> {
  const atMs = Date.now();
  const { signal, series } = options;
  const { lastLook } = client;
  const [nodes, register, redis, metrics] = await Promise.all([
    Promise.all(client.nodes.map((node) => readNode(node, signal))),
    readRegister(client.nodes, signal),
    probe(() => client.redis.read(signal)),
    probe(() => readMetrics(series, signal)),
  ]);
  if ("failed" in redis && nodes.every(({ health }) => "failed" in health)) throw silence(nodes, redis);
  const lasting = "value" in redis ? await probe(() => client.lasting.look(redis.value, signal)) : redis;
  const demand = demandOf(nodes.map(({ admissions }) => admissions));
  const given = [
    ...client.tracked.recall(keysOf(options.tracked), atMs),
    ...("value" in lasting ? lasting.value.keys : []),
    ...("value" in demand ? demand.value.heaviest.map(({ key }) => key) : []),
  ];
  const last = lastLook?.keys.map(({ key }) => key) ?? [];
  const names = worthALook({ nodes, given, last });
  const { keys, logs } = await examineKeys(client, { keys: names, nodes, redis, signal });
  const dropped = last.filter((key) => !names.includes(key));
  const before = lastLook && { ...lastLook, redis: client.lastRedis ?? lastLook.redis };
  const suspects = suspectsOf(lastLook?.suspects ?? [], before, { atMs, nodes, redis });
  const { intended } = client;
  const sinceLastMs = lastLook ? atMs - lastLook.atMs : 0;
  const look = {
    atMs,
    sinceLastMs,
    intended,
    nodes,
    register,
    redis,
    metrics,
    lasting,
    demand,
    keys,
    logs,
    suspects,
    dropped,
  };
  client.lastLook = look;
  if ("value" in redis) client.lastRedis = redis;
  return look;
}

async function readNode(node: NodeClient, signal: AbortSignal): Promise<NodeReading> {
  const { component, id, address, drained } = node;
  const [health, config, admissions] = await Promise.all([
    probe(() => node.health(signal)),
    probe(() => node.config(signal)),
    probe(() => node.admissions(HEAVIEST_ASKED, [], signal)),
  ]);
  return { component, id, address, drained, health, config, admissions };
}

/** All nodes read the same register: the first answer is as good as any. */
function readRegister(nodes: readonly NodeClient[], signal: AbortSignal): Promise<Probed<Register>> {
  return probe(async () => {
    try {
      return await Promise.any(nodes.map((node) => node.register(signal)));
    } catch (error) {
      const cause = error instanceof AggregateError ? error.errors[0] : error;
      throw new ProbeError("Cannot read the register of nodes: no node could say", { cause });
    }
  });
}

/** Of many nodes the first says enough of why none answers. */
function silence(nodes: readonly NodeReading[], redis: { readonly failed: string }): ProbeError {
  const [first, ...more] = nodes.flatMap(({ health }) => ("failed" in health ? health.failed : []));
  const reasons = [redis.failed, first, ...(more.length > 0 ? [`and ${more.length} more nodes`] : [])].join("; ");
  return new ProbeError(`Cannot observe the rate limiter: nothing answers, expected at least one endpoint: ${reasons}`);
}
