/** Registered nodes that are not configured, and second processes of those that are: only their entry in the register is known. */

import { sameAddress } from "../../core/system/join.ts";
import type { Component, Link } from "../../core/system/picture.ts";
import type { Register, RegisteredRow } from "./client/replies.ts";
import type { RateLimiterConfig } from "./config.ts";
import type { NodeReading, RateLimiterObservation } from "./observation.ts";
import { REDIS } from "./topology.ts";

/** The strangers, and how they are linked. */
export interface Strangers {
  readonly components: readonly Component[];
  readonly links: readonly Link[];
}

/** Registered nodes that are not in the configuration. */
export function strangersOf(
  { nodes, register }: Pick<RateLimiterObservation, "nodes" | "register">,
  { nodes: configured }: Pick<RateLimiterConfig, "nodes">,
): Strangers {
  const { rows, seconds = [] } = "value" in register ? register.value : { rows: [] };
  const readings = "value" in nodes ? nodes.value : [];
  const strange = rows.filter(
    (row) => !configured.some((node) => isNamed(node, row)) && !readings.some((node) => answersAs(node, row)),
  );
  const all = [...strange, ...secondsOf({ rows, seconds }, readings)];
  const components = all.map(({ id, address, version, configHash, clockOffsetMs }) => {
    return {
      id: `node/${id}` as const,
      kind: "node",
      state: "up" as const,
      clockOffsetMs,
      ...(address !== undefined && { address }),
      ...(version !== undefined && { version }),
      ...(configHash !== undefined && { configHash }),
    };
  });
  const links = all.map(({ id, state }) => {
    return { from: `node/${id}`, to: REDIS, kind: "tcp", state: state === "degraded" ? "down" : "up" } as const;
  });
  return { components, links };
}

/** Of the processes that share a number the one that does not answer at the configured address, under a name of its own. */
function secondsOf(
  { rows, seconds }: Required<Pick<Register, "rows" | "seconds">>,
  readings: readonly NodeReading[],
): readonly RegisteredRow[] {
  return [...new Set(seconds.map(({ id }) => id))].flatMap((id) => {
    const sharing = [...rows, ...seconds].filter((row) => row.id === id);
    const own = readings.find((node) => isNamed(node, { id }));
    const startedAtMs = own && "value" in own.health ? own.health.value.startedAtMs : undefined;
    const second = sharing.findLast((row) => row.startedAtMs !== startedAtMs);
    return second ? [{ ...second, id: `${id}-second` }] : [];
  });
}

interface Registered {
  readonly id: string;
  readonly address?: string;
}

/** Matches by number, or by address if the configured name is not its number. */
function isNamed({ id, address }: Pick<NodeReading, "id" | "address">, registered: Registered): boolean {
  if (id === registered.id) return true;
  return !/^\d+$/.test(id) && registered.address !== undefined && sameAddress(address, registered.address);
}

/** Whether a node with another configured name reports that number. */
function answersAs({ health }: NodeReading, registered: Registered): boolean {
  return "value" in health && `${health.value.nodeNumber}` === registered.id;
}
