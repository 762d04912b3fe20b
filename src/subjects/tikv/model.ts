/** Projects an observation to the generic picture: components, links as probed, and figures. */

import type { ModelContext } from "../../core/subject/subject.ts";
import type { Component, Picture, State } from "../../core/system/picture.ts";
import { type Clocks, clocksOf } from "./clock-offset.ts";
import type { TikvConfig } from "./config.ts";
import { configHashOf, configLabels } from "./config-labels.ts";
import { hottestOf } from "./hottest.ts";
import { KEPT_OFF, keptOff, keptOffText } from "./kept-off.ts";
import { isUnreadable } from "./leader.ts";
import type { PdReading, StoreReading, TikvObservation } from "./observation.ts";
import { linksOf } from "./picture-links.ts";
import { seriesOf } from "./picture-series.ts";
import { CLIENTS, CLUSTER, hostPort } from "./topology.ts";

/** The generic picture of one observation. */
export function model(observation: TikvObservation, { atMs, config }: ModelContext<TikvConfig>): Picture {
  const { members, status } = observation;
  const pds = "value" in members ? members.value.pds : [];
  const stores = "value" in status ? status.value : [];
  const clocks = clocksOf(observation);
  // What was not asked, or not to the end, is not down.
  const unread = "failed" in members ? config.pd.map(unreadPd) : [];
  const all = [
    ...unread,
    ...pds.map((pd) => ({ ...pdComponent(pd, observation), probedAtMs: members.atMs })),
    ...stores.map((store) => ({ ...storeComponent(store, observation), probedAtMs: status.atMs })),
  ];
  return {
    atMs,
    components: [
      ...all.map((component) => ({ ...component, ...clockOf(component, clocks, all.length) })),
      clientsComponent(observation),
      clusterComponent(observation),
    ],
    links: linksOf(observation, config),
    series: seriesOf(observation),
  };
}

/** Clocks that are shown where they agree, too; of more components, only those that are off. */
const MOST_CLOCKS = 200;

function clockOf({ id }: Component, { offsetsMs }: Clocks, all: number): Pick<Component, "clockOffsetMs"> {
  const clockOffsetMs = offsetsMs.get(id);
  return clockOffsetMs === undefined || (clockOffsetMs === 0 && all > MOST_CLOCKS) ? {} : { clockOffsetMs };
}

function unreadPd({ id, address }: TikvConfig["pd"][number]): Component {
  return { id: `pd/${id}`, kind: "pd", address: hostPort(address), state: "unknown" };
}

function pdComponent({ component: id, address, name, status }: PdReading, observation: TikvObservation): Component {
  const part = { id, kind: "pd", address: hostPort(address) };
  const labels = { ...(name !== undefined && { name }), role: isLeader(name, observation) ? "leader" : "follower" };
  if ("failed" in status) return { ...part, state: "down", probe: status.outcome, labels };
  const { version, startedAtMs } = status.value;
  return {
    ...part,
    state: "up",
    probe: "answered",
    version,
    startedAtMs,
    labels,
  };
}

function isLeader(name: string | undefined, { members }: TikvObservation): boolean {
  return name !== undefined && "value" in members && members.value.leader === name;
}

function storeComponent(
  { component: id, store, status }: StoreReading,
  { stores, scheduling }: TikvObservation,
): Component {
  const { statusAddress, address, version, startedAtMs, state, leaderWeight, regionWeight } = store;
  const part = {
    id,
    kind: "store",
    address: statusAddress || address,
    version,
    ...(startedAtMs !== undefined && { startedAtMs }),
    labels: {
      // What PD said last is said of now only where PD was read.
      state: "value" in stores ? state : "unknown",
      // Named as the reason for which it is violated: somebody has told PD to remove it.
      ...("value" in stores && { offline: `${state === "Offline"}` }),
      data_address: address,
      leader_weight: `${leaderWeight}`,
      region_weight: `${regionWeight}`,
      ...("value" in scheduling && { leaders_evicted: `${scheduling.value.evicted.includes(store.id)}` }),
      ...Object.fromEntries(Object.entries(store.labels).map(([key, value]) => [`label_${key}`, value])),
    },
  };
  if (statusAddress === "") return { ...part, state: "unknown" };
  if ("failed" in status) return { ...part, state: "down", probe: status.outcome };
  return { ...part, state: "up", probe: "answered" };
}

/** Whether it has a leader. */
function clusterState(members: TikvObservation["members"]): State {
  if ("failed" in members) return "unknown";
  const { view } = members.value;
  if ("value" in view) return view.value.leader === undefined ? "down" : "up";
  return isUnreadable(view) ? "unknown" : "down";
}

/** Clients have no probe: that they are there is seen by what they ask. */
function clientsComponent({ metrics, hotspots }: TikvObservation): Component {
  const hottest = "value" in hotspots ? hottestOf(hotspots.value) : undefined;
  const part = { id: CLIENTS, kind: "clients", ...(hottest && { labels: { hottest_region: hottest.regionId } }) };
  const rates =
    "value" in metrics ? Object.values(metrics.value.stores).map(({ queriesPerSecond = 0 }) => queriesPerSecond) : [];
  return { ...part, state: rates.some((rate) => rate > 0) ? "up" : "unknown" };
}

function clusterComponent({ members, scheduling, status, metrics }: TikvObservation): Component {
  const part = { id: CLUSTER, kind: "cluster", state: clusterState(members) };
  if ("failed" in scheduling) return part;
  const kept = keptOff("value" in status ? status.value : [], {
    evicted: scheduling.value.evicted,
    metrics: "value" in metrics ? metrics.value : undefined,
  });
  const labels = {
    ...configLabels(scheduling.value),
    // Named as reasons for which the cluster is violated: both are what somebody has told PD.
    [KEPT_OFF]: keptOffText(kept) || "none",
    "max-replicas": `${scheduling.value.replicate["max-replicas"]}`,
  };
  return { ...part, configHash: configHashOf(scheduling.value), labels };
}
