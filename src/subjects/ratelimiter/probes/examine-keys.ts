/** Reads everything about a few keys: the nodes' counts, their admission logs, and the life of the counters. */

import { type Probed, probe } from "../../../core/subject/probe.ts";
import type { RateLimiterClient } from "../client/client.ts";
import type { NodeClient } from "../client/node-client.ts";
import type { RedisReading } from "../client/redis-client.ts";
import type { Admissions } from "../client/replies.ts";
import { NO_COUNTER } from "../keys/counter-life.ts";
import type { KeyLogs, KeyReading, NodeCounter, NodeReading } from "../observation.ts";

/** Keys and clients to read, and the previous reading. */
export interface Examination {
  readonly keys: readonly string[];
  /** Nodes with their last answer; those that did not answer are not asked again. */
  readonly nodes: readonly NodeReading[];
  readonly redis: Probed<RedisReading>;
  readonly signal: AbortSignal;
}

/** Readings of the examined keys. */
export interface Examined {
  readonly keys: readonly KeyReading[];
  readonly logs: KeyLogs;
}

/** Reads the counters first and the logs after them, so that the logs contain everything that could have changed the counters. */
export async function examineKeys(client: RateLimiterClient, examination: Examination): Promise<Examined> {
  const { keys, nodes, redis, signal } = examination;
  const answering = new Set(nodes.filter(({ health }) => "value" in health).map(({ component }) => component));
  const asked = client.nodes.filter(({ component }) => answering.has(component));
  const [counters, lives] = await Promise.all([
    Promise.all(keys.map((key) => countersOf(key, asked, signal))),
    "failed" in redis ? redis : probe(() => client.redis.lives(keys, signal)),
  ]);
  const pages = await Promise.all(asked.map((node) => probe(() => node.admissions(0, keys, signal))));
  const read = pages.flatMap((page) => ("value" in page ? [page.value] : []));
  const logs = Map.groupBy(
    read.flatMap(({ series }) => series),
    ({ key }) => key,
  );
  return {
    keys: keys.map((key, index) => ({
      key,
      counters: counters[index] ?? [],
      logs: logs.get(key) ?? [],
      life: "value" in lives ? (lives.value[index] ?? { value: NO_COUNTER }) : lives,
    })),
    logs: {
      missing: nodes
        .map(({ component }) => component)
        .filter((component) => {
          const page = pages[asked.findIndex((node) => node.component === component)];
          return !page || "failed" in page || page.value.unreadable > 0;
        }),
      forgotten: read.some(({ forgotten }) => forgotten),
      fromUs: Math.min(
        ...timesOf(nodes.flatMap(({ admissions }) => ("value" in admissions ? [admissions.value] : []))),
      ),
      toUs: Math.max(...timesOf(read)),
    },
  };
}

function countersOf(key: string, nodes: readonly NodeClient[], signal: AbortSignal): Promise<readonly NodeCounter[]> {
  return Promise.all(
    nodes.map(async (node) => ({ component: node.component, counter: await probe(() => node.counter(key, signal)) })),
  );
}

function timesOf(pages: readonly Admissions[]): readonly number[] {
  const times = pages.flatMap(({ redisTimeUs }) => redisTimeUs ?? []);
  return times.length > 0 ? times : [0];
}
