/** The links of one observation: who serves clients, who reports to PD, and who reaches whom. */

import type { Link, State } from "../../core/system/picture.ts";
import type { TikvConfig } from "./config.ts";
import { lateAnswersOf } from "./metrics/arrivals.ts";
import type { MembersReading, PdReading, StoreReading, TikvObservation } from "./observation.ts";
import { CLIENTS, CLUSTER } from "./topology.ts";

/** Stores of which each pair is shown; of more, only the pairs that do not reach each other. */
const MOST_PAIRED = 20;

/** Milliseconds after which PD calls a store disconnected (`storeDisconnectDuration` in `pkg/core/store.go`). */
const DISCONNECTED_AFTER_MS = 20_000;

/** Links as far as they were seen. */
export function linksOf(
  observation: TikvObservation,
  { metricsWindow: windowMs }: Pick<TikvConfig, "metricsWindow">,
): readonly Link[] {
  const { members, status } = observation;
  const pds = "value" in members ? members.value.pds : [];
  const stores = "value" in status ? status.value : [];
  const leader =
    "value" in members ? pds.find(({ name }) => name !== undefined && name === members.value.leader) : undefined;
  return [
    ...pds.map(({ component, status }) => ({
      from: CLUSTER,
      to: component,
      kind: "quorum",
      state: stateOf("value" in status),
    })),
    ...stores.flatMap(({ component, status }) => [
      { from: CLUSTER, to: component, kind: "replica", state: stateOf("value" in status) },
      { from: CLIENTS, to: component, kind: "grpc", state: stateOf("value" in status) },
    ]),
    ...(leader && "value" in members ? memberLinks(leader, members.value) : []),
    ...(leader ? stores.map((store) => heartbeatLink(store, leader, observation)) : []),
    ...raftLinks(stores, { observation, windowMs }),
  ];
}

/** The leader asks every other member: one that answers the observer and not the leader is cut off from it. */
function memberLinks(leader: PdReading, { pds, health }: MembersReading): readonly Link[] {
  // What it says itself, it says only where it answers.
  if ("failed" in health || "failed" in leader.status) return [];
  return pds.flatMap(({ component, name, status }): readonly Link[] => {
    const seen = health.value.find((member) => member.name === name);
    if (component === leader.component || !seen) return [];
    const link = { from: component, to: leader.component, kind: "peer" } as const;
    if (seen.isHealthy) return [{ ...link, state: "up" }];
    return ["value" in status ? { ...link, state: "down", answers: "none" } : { ...link, state: "unknown" }];
  });
}

function heartbeatLink({ component, store }: StoreReading, leader: PdReading, { stores }: TikvObservation): Link {
  const ageMs =
    "value" in stores && store.lastHeartbeatMs !== undefined ? stores.atMs - store.lastHeartbeatMs : undefined;
  const state = ageMs === undefined || store.state === "Offline" ? "unknown" : stateOf(ageMs < DISCONNECTED_AFTER_MS);
  const link = { from: component, to: leader.component, kind: "heartbeat", state };
  // Heartbeats that were only late would still arrive one after the other.
  return state === "down" ? { ...link, answers: "none" } : link;
}

interface RaftSeen {
  readonly observation: Pick<TikvObservation, "metrics">;
  readonly windowMs: number;
}

/** A store counts the messages that did not reach another one. */
function raftLinks(stores: readonly StoreReading[], { observation: { metrics }, windowMs }: RaftSeen): readonly Link[] {
  if ("failed" in metrics) return [];
  const isSmall = stores.length <= MOST_PAIRED;
  const arriving = new Map(
    stores.map(({ store, status }) => {
      const others = stores.filter((one) => one.store.id !== store.id && "value" in one.status);
      const { arrivals } = ("value" in status && metrics.value.stores[store.statusAddress]) || {};
      const lost = { others: others.map((one) => one.store.id), atMs: metrics.atMs, windowMs };
      return [store.id, arrivals && lateAnswersOf(arrivals, lost)] as const;
    }),
  );
  return stores.flatMap(({ component: from, store, status }): readonly Link[] => {
    const own = metrics.value.stores[store.statusAddress];
    if (!own || "failed" in status) return [];
    const broken = new Set(Object.keys(own.unreachablePerSecond));
    // A store that was not read twice within the window counts nothing, and nothing of it is known to work.
    const isRead = own.cpuRatio !== undefined || own.queriesPerSecond !== undefined;
    return stores
      .filter((other) => other.store.id !== store.id && (isSmall || broken.has(other.store.id)))
      .map((other) => {
        const state = broken.has(other.store.id) ? "down" : isRead ? "up" : "unknown";
        const link = { from, to: other.component, kind: "raft", state } as const;
        const answers = arriving.get(store.id) ?? arriving.get(other.store.id);
        return link.state === "down" && answers ? { ...link, answers } : link;
      });
  });
}

function stateOf(works: boolean): State {
  return works ? "up" : "down";
}
