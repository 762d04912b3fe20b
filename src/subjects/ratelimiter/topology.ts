/** The expected components, by configuration: a node that vanishes from the register is still expected. */

import type { Picture, Topology } from "../../core/system/picture.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import { isSentinelUrl, parseRedisUrl } from "../../io/redis-address.ts";
import { formatHostPort } from "../../io/system/tcp.ts";
import type { RateLimiterConfig } from "./config.ts";

/** The Redis that all nodes share. */
export const REDIS: ComponentId = "redis/main";

/** All clients, so that a surge can be their fault. */
export const CLIENTS: ComponentId = "clients/all";

/** The limiter as a whole, so that a wrong global setting can be its fault. */
export const CLUSTER: ComponentId = "cluster/ratelimiter";

/** Nodes, Redis, clients and the whole. Behind Sentinels, Redis has its last known address. */
export function topology(config: RateLimiterConfig, known?: Picture): Topology {
  const redisAt = isSentinelUrl(config.redis)
    ? known?.components.find(({ id }) => id === REDIS)?.address
    : redisAddress(config);
  const nodes = config.nodes.map(({ id, address }) => ({ id: `node/${id}` as const, kind: "node", address }));
  return {
    components: [
      ...nodes,
      { id: REDIS, kind: "redis", ...(redisAt !== undefined && { address: redisAt }) },
      { id: CLIENTS, kind: "clients" },
      { id: CLUSTER, kind: "cluster" },
    ],
    links: nodes.flatMap(({ id }) => [
      { from: id, to: REDIS, kind: "tcp" },
      { from: CLIENTS, to: id, kind: "http" },
    ]),
    groups: [{ id: CLUSTER, members: nodes.map(({ id }) => id), minimumUp: Math.ceil(nodes.length / 2) }],
  };
}

/** The configured address of Redis; of several hosts the first. Behind Sentinels it is unknown, and they are named. */
export function redisAddress({ redis }: Pick<RateLimiterConfig, "redis">): string {
  const { kind, hosts } = parseRedisUrl(redis);
  if (kind === "sentinel") return `an unknown address (Sentinels ${hosts.map(formatHostPort).join(", ")})`;
  const [host] = hosts;
  return host ? formatHostPort(host) : "";
}
