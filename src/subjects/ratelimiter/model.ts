/** Projects an observation to the generic picture: components, links as probed, and figures. */

import type { ModelContext } from "../../core/subject/subject.ts";
import type { Component, Link, Picture, State } from "../../core/system/picture.ts";
import type { RedisReading } from "./client/redis-client.ts";
import type { RedisPrimary } from "./client/redis-primaries.ts";
import { toldOffsets } from "./clocks.ts";
import type { Intended, RateLimiterConfig } from "./config.ts";
import { LASTING_KEY, type LastingKeys } from "./keys/lasting-keys.ts";
import type { NodeReading, RateLimiterObservation } from "./observation.ts";
import { seriesOf } from "./picture-series.ts";
import { commonConfig, namedSettings, type Settings } from "./running-config.ts";
import { strangersOf } from "./strangers.ts";
import { CLIENTS, CLUSTER, REDIS } from "./topology.ts";

/** The generic picture of one observation. */
export function model(observation: RateLimiterObservation, { atMs, config }: ModelContext<RateLimiterConfig>): Picture {
  const nodes = nodesOf(observation);
  const strangers = strangersOf(observation, config);
  const { intended } = config;
  return {
    atMs,
    components: [
      ...nodes.map((node) => ({ ...nodeComponent(node, observation, intended), probedAtMs: observation.nodes.atMs })),
      ...strangers.components,
      redisComponent(observation),
      ...primaryComponents(observation),
      clientsComponent(observation),
      clusterComponent(nodes, intended),
    ],
    links: [...nodes.flatMap((node) => [...linksOf(node), ...primaryLinks(node, observation)]), ...strangers.links],
    series: seriesOf(observation),
  };
}

/** Without a reading of the nodes they are left out, since core takes an expected component without a state as down. */
function nodesOf({ nodes }: RateLimiterObservation): readonly NodeReading[] {
  return "value" in nodes ? nodes.value : [];
}

function nodeComponent(node: NodeReading, { register, nodes }: RateLimiterObservation, intended: Intended): Component {
  const { component: id, address, identity, health, config, admissions } = node;
  const part = { id, kind: "node", address, ...(identity && { identity }) };
  if ("failed" in health) return { ...part, state: "down", probe: health.outcome };
  const { version, startedAtMs, draining, redisConnected } = health.value;
  const entry = "value" in register ? register.value.rows.find((registered) => registered.id === node.id) : undefined;
  const clockOffsetMs = entry?.clockOffsetMs ?? toldOffsets("value" in nodes ? nodes.value : []).get(id);
  return {
    ...part,
    state: "up",
    probe: "answered",
    version,
    startedAtMs,
    ...("value" in config && { configHash: config.value.configHash }),
    ...(clockOffsetMs !== undefined && { clockOffsetMs }),
    labels: {
      draining: `${draining}`,
      degraded: `${!redisConnected}`,
      ...("value" in admissions && unreadableLabel(admissions.value.unreadable)),
      ...("value" in config && settingLabels("running", config.value)),
      ...settingLabels("intended", intended),
    },
  };
}

function redisComponent({ redis, nodes, register, lasting }: RateLimiterObservation): Component {
  const { address } = "value" in redis ? redis.value : redis;
  const part = { id: REDIS, kind: "redis", ...(address !== undefined && { address }), probedAtMs: redis.atMs };
  if ("failed" in redis)
    return { ...part, state: "value" in nodes && usedByAny(nodes.value) ? "up" : "down", probe: redis.outcome };
  const { version, startedAtMs, unreadable, infoRefused } = redis.value;
  const unreadableRows = "value" in register ? unreadableLabel(register.value.unreadable) : {};
  // An observer without permission only sees that Redis answers.
  if (infoRefused !== undefined) {
    return { ...part, state: "up", probe: "answered", labels: { info: infoRefused, ...unreadableRows } };
  }
  return {
    ...part,
    state: "up",
    probe: "answered",
    version,
    ...(startedAtMs !== undefined && { startedAtMs }),
    configHash: configHashOf(redis.value),
    labels: {
      ...settingsOf(redis.value),
      ...(unreadable.length > 0 && { unreadable_fields: unreadable.join(", ") }),
      ...unreadableRows,
      ...("value" in lasting && lastingLabel(lasting.value)),
    },
  };
}

/** The primaries of a Cluster; without one, Redis is the only component of its kind. */
function primariesIn({ redis }: RateLimiterObservation): readonly RedisPrimary[] {
  const primaries = ("value" in redis ? redis.value.primaries : undefined) ?? [];
  return primaries.filter(({ component }) => component !== REDIS);
}

function primaryComponents(observation: RateLimiterObservation): readonly Component[] {
  return primariesIn(observation).map(({ component: id, address, keysRatio, clockOffsetMs, failure }) => ({
    id,
    kind: "redis",
    address,
    probedAtMs: observation.redis.atMs,
    state: failure ? "down" : "up",
    probe: failure?.outcome ?? "answered",
    ...(clockOffsetMs !== undefined && { clockOffsetMs }),
    labels: { keys_ratio: keysRatio.toFixed(3) },
  }));
}

function primaryLinks({ component, health }: NodeReading, observation: RateLimiterObservation): readonly Link[] {
  const { primariesAlone: alone, primaryAnswers = {} } = "value" in health ? health.value : {};
  return primariesIn(observation).map(({ component: to, address }) => {
    const state = alone ? stateOf(!alone.includes(address)) : "unknown";
    const answers = state === "down" ? primaryAnswers[address] : undefined;
    return { from: component, to, kind: "tcp", state, ...(answers && { answers }) };
  });
}

function configHashOf({ maxMemoryBytes, evictionPolicy }: RedisReading): string {
  return `${maxMemoryBytes ?? "unknown"}-${evictionPolicy}`;
}

function settingsOf({ role, maxMemoryBytes, evictionPolicy }: RedisReading): Record<string, string> {
  return { role, max_memory_bytes: `${maxMemoryBytes ?? "unknown"}`, eviction: evictionPolicy };
}

/** Clients have no probe: their requests show that they are there. */
function clientsComponent({ keys }: RateLimiterObservation): Component {
  const part = { id: CLIENTS, kind: "clients" };
  if ("failed" in keys || "failed" in keys.value.demand) return { ...part, state: "unknown" };
  const [heaviest] = keys.value.demand.value.heaviest;
  return { ...part, state: "up", ...(heaviest && { labels: { heaviest_key: heaviest.key } }) };
}

function clusterComponent(nodes: readonly NodeReading[], intended: Intended): Component {
  const common = commonConfig(nodes);
  const state: State = nodes.some(({ health }) => "value" in health) ? "up" : "down";
  const labels = { ...(common && settingLabels("running", common)), ...settingLabels("intended", intended) };
  return { id: CLUSTER, kind: "cluster", state, ...(common && { configHash: common.configHash }), labels };
}

function linksOf({ component, health }: NodeReading): readonly Link[] {
  const known = "value" in health ? health.value : undefined;
  return [
    {
      from: component,
      to: REDIS,
      kind: "tcp",
      state: known ? stateOf(known.redisConnected) : "unknown",
      ...(known?.redisConnected === false && known.redisAnswers && { answers: known.redisAnswers }),
    },
    { from: CLIENTS, to: component, kind: "http", state: stateOf(known !== undefined) },
  ];
}

/** Names the first counter without expiry, which its fix needs. */
function lastingLabel({ keys: [key] }: LastingKeys): Record<string, string> {
  return key === undefined ? {} : { [LASTING_KEY]: key };
}

/** Reports that a list had unreadable rows, which are missing in this picture. */
function unreadableLabel(rows: number): Record<string, string> {
  return rows > 0 ? { unreadable_rows: `${rows}` } : {};
}

function stateOf(works: boolean): State {
  return works ? "up" : "down";
}

function usedByAny(nodes: readonly NodeReading[]): boolean {
  return nodes.some(({ health }) => "value" in health && health.value.redisConnected);
}

function settingLabels(prefix: string, settings: Settings): Record<string, string> {
  return Object.fromEntries(Object.entries(namedSettings(prefix, settings)).map(([name, value]) => [name, `${value}`]));
}
