/** Projects an observation to the generic picture. */

import type { Component, Picture } from "../../core/picture.ts";
import type { NodeReading, RateLimiterObservation } from "./observation.ts";
import { CLIENTS, CLUSTER, REDIS } from "./topology.ts";

/** The generic picture of one observation. */
export function model({ atMs, nodes }: RateLimiterObservation): Picture {
  const parts = nodes.map((node) => nodeComponent(node));
  const up = parts.some(({ state }) => state === "up");
  return {
    atMs,
    components: [
      ...parts,
      { id: REDIS, kind: "redis", state: "unknown" },
      { id: CLIENTS, kind: "clients", state: "unknown" },
      { id: CLUSTER, kind: "cluster", state: up ? "up" : "down" },
    ],
    links: [],
    series: [],
  };
}

function nodeComponent({ component: id, address, health }: NodeReading): Component {
  const answered = "value" in health;
  return { id, kind: "node", address, state: answered ? "up" : "down", probe: answered ? "answered" : health.outcome };
}
