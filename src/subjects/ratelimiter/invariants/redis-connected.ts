/**
 * Tells a dead Redis from a cut link: compares what each node reports of its connection and its decisions with what the
 * observer sees.
 */

import type { CheckContext, Judgement, Thresholds } from "../../../core/subject/invariant.ts";
import type { Read } from "../../../core/subject/probe.ts";
import { unreached } from "../../../core/subject/reachability.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { PROBE_FAILURES, type ProbeFailure } from "../../../core/words/probe-outcome.ts";
import { describeTrouble, type RedisTrouble } from "../../../io/redis-trouble.ts";
import type { NodeMetrics } from "../client/node-metrics.ts";
import type { RedisReading } from "../client/redis-client.ts";
import { outcomeOf } from "../client/redis-outcome.ts";
import { SLOTS } from "../client/redis-primaries.ts";
import type { RateLimiterConfig } from "../config.ts";
import { invariant, type NodeReading, type RateLimiterReadings } from "../observation.ts";
import { REDIS, redisAddress } from "../topology.ts";
import {
  describeAlone,
  faultyFor,
  isServedInPart,
  judgePrimaries,
  type PrimaryView,
  primariesOf,
} from "./cluster-primaries.ts";

/** Redis answers every node and the observer, and decides their checks. */
export const redisConnected = invariant({
  id: "redis-connected",
  severity: "critical",
  symptom: "unreachable",
  graceMs: 15_000,
  rationale: "A node without Redis counts alone, and together such nodes allow more than the limit.",
  thresholds: {
    aloneRatio: { default: 0.1, description: "Largest share of a node's checks that may be decided without Redis" },
    minimumCount: { default: 20, description: "Fewest checks for a verdict on that share" },
  },
  needs: ["nodes"],
  sees: ["redis", "metrics"],
  reasons: [
    "connected",
    "serves-no-node",
    "serves-in-part",
    "slots-not-served",
    "node-cut-off",
    "answers-late",
    "node-silent",
    ...PROBE_FAILURES,
  ],
  check: ({ nodes, redis, metrics }, context) => {
    const primaries = primariesOf(redis, nodes);
    const alone = shareAlone(nodes, metrics, context.thresholds);
    const view = viewOf(nodes, { redis, primaries, alone });
    return [
      judgeRedis(redis, view, context),
      ...judgePrimaries(primaries),
      ...nodes.map((node) => judgeNode(node, view)),
    ];
  },
});

type Reason =
  | "connected"
  | "serves-no-node"
  | "serves-in-part"
  | "slots-not-served"
  | "node-cut-off"
  | "answers-late"
  | "node-silent"
  | ProbeFailure;

/** Which nodes reach Redis, and whether the observer does. */
interface View {
  readonly answering: number;
  readonly connected: number;
  readonly observerReaches: boolean;
  /** Whether no node could use Redis, so that Redis and not a link is at fault. */
  readonly isRedis: boolean;
  /** Why the nodes cannot use it; a refusal by Redis itself takes precedence. */
  readonly trouble: RedisTrouble | undefined;
  /** Of a Cluster. */
  readonly primaries: readonly PrimaryView[];
  /** Nodes that report a connection but decide too many checks without Redis. */
  readonly alone: ReadonlyMap<ComponentId, Alone>;
}

/** How much one node decides without Redis. */
interface Alone {
  readonly ratio: number;
  readonly words: string;
}

function shareAlone(
  nodes: readonly NodeReading[],
  metrics: Read<readonly NodeMetrics[]>,
  { aloneRatio: most = 1, minimumCount = 0 }: Thresholds,
): View["alone"] {
  const known = "value" in metrics ? metrics.value : [];
  return new Map(
    nodes.flatMap(({ component, address, health }) => {
      const { count = 0, aloneRatio = 0 } = known.find((own) => own.address === address)?.decided ?? {};
      const isConnected = "value" in health && health.value.redisConnected;
      const words = `${component} decided ${percentOf(aloneRatio)} of its checks without Redis (threshold ${percentOf(most)})`;
      return isConnected && count >= minimumCount && aloneRatio > most
        ? [[component, { ratio: aloneRatio, words }]]
        : [];
    }),
  );
}

function viewOf(
  nodes: readonly NodeReading[],
  { redis, ...known }: Pick<View, "primaries" | "alone"> & { readonly redis: Read<RedisReading> },
): View {
  const answering = nodes.filter(({ health }) => "value" in health);
  const healths = nodes.flatMap(({ health }) => ("value" in health ? [health.value] : []));
  const connected = answering.filter(
    ({ component, health }) =>
      "value" in health &&
      !known.alone.has(component) &&
      (health.value.redisConnected || isServedInPart(health.value, known.primaries)),
  ).length;
  const observerReaches = "value" in redis;
  const troubles = healths.flatMap(({ trouble }) => trouble ?? []);
  const trouble = troubles.find(isOfRedis) ?? troubles[0];
  // One node cannot tell its own link from the Redis behind it; two that fail at once can, and so can a refusal by Redis.
  const isToldByRedis = trouble !== undefined && isOfRedis(trouble);
  const isRedis = connected === 0 && healths.length > 0 && (!observerReaches || healths.length > 1 || isToldByRedis);
  return { ...known, answering: healths.length, connected, observerReaches, isRedis, trouble };
}

/** Whether the trouble is a refusal by Redis itself. */
function isOfRedis(trouble: RedisTrouble): boolean {
  return REFUSALS.has(outcomeOf(trouble));
}

function judgeRedis(
  redis: Read<RedisReading>,
  view: View,
  context: CheckContext<RateLimiterReadings, RateLimiterConfig>,
): Judgement<Reason> {
  const { answering, connected, observerReaches } = view;
  const failure = "failed" in redis ? redis : undefined;
  const evidence = {
    observerReaches,
    nodesAnswering: answering,
    nodesConnected: connected,
    probe: failure?.outcome ?? "answered",
    blockedClients: "value" in redis ? (redis.value.blockedClients ?? null) : null,
  };
  const judgement = { entity: REDIS, on: REDIS, evidence };
  const of = `${connected} of ${answering} nodes`;
  // A Redis that refuses only the observer still serves; other invariants judge as unknown what the observer may not see.
  const refusesObserver = connected > 0 && failure !== undefined && REFUSALS.has(failure.outcome);
  const { address = redisAddress(context.config) } = "value" in redis ? redis.value : redis;
  const reach = { component: REDIS, address, failure };
  const trouble = unreached(refusesObserver ? { ...reach, failure: undefined } : reach, context);
  if (trouble) {
    const summary = `${trouble.summary}; ${of} use it`;
    return { ...judgement, ...trouble, summary, evidence: { ...evidence, ...trouble.evidence } };
  }
  if (view.isRedis) {
    const [worst] = [...view.alone.values()].toSorted((a, b) => b.ratio - a.ratio);
    if (worst) {
      const summary = `${REDIS} answers the observer's reads, but serves no node fully: ${worst.words}${because(view.trouble)}`;
      return { ...judgement, verdict: "violated", reason: "serves-in-part", ...wordOf(view.trouble), summary };
    }
    const served = answering === 1 ? "does not serve the only node" : `serves none of ${answering} nodes`;
    const summary = `${REDIS} answers the observer's reads, but ${served}${because(view.trouble)}`;
    return { ...judgement, verdict: "violated", reason: "serves-no-node", ...wordOf(view.trouble), summary };
  }
  const unserved = unservedSlots(view.primaries);
  if (unserved > 0) {
    const summary = `${REDIS}: no primary serves ${unserved} of ${SLOTS} slots; their keys are decided without Redis`;
    return { ...judgement, verdict: "violated", reason: "slots-not-served", word: "CLUSTERDOWN", summary };
  }
  const observer = refusesObserver ? `; it refuses the observer: ${failure.failed}` : " and answers the observer";
  const word = refusesObserver ? failure.word : undefined;
  const summary = `${REDIS} serves ${of}${observer}`;
  return { ...judgement, verdict: "holds", reason: "connected", ...(word !== undefined && { word }), summary };
}

/** The largest number that any primary reports: one that has given up a slot knows it first. */
function unservedSlots(primaries: readonly PrimaryView[]): number {
  return SLOTS - Math.min(SLOTS, ...primaries.map(({ primary }) => primary.slotsAssigned ?? SLOTS));
}

/** Outcomes that are refusals by Redis itself. */
const REFUSALS: ReadonlySet<ProbeFailure> = new Set(["refused-access", "server-error"]);

/** Troubles of Redis that it may tell to some of its clients only: those that connect now, or that write. */
const OF_REDIS: ReadonlySet<RedisTrouble> = new Set(["max-clients", "OOM", "MISCONF", "LOADING", "BUSY", "NOREPLICAS"]);

function judgeNode({ component, health }: NodeReading, view: View): Judgement<Reason> {
  const told = "value" in health ? health.value.trouble : undefined;
  const isOfRedis = view.isRedis || (told !== undefined && OF_REDIS.has(told));
  const judgement = { entity: component, on: isOfRedis ? REDIS : component };
  if ("failed" in health) {
    return {
      ...judgement,
      on: component,
      verdict: "unknown",
      reason: "node-silent",
      summary: `${component}: Redis connection unknown, the node does not answer`,
      evidence: {},
    };
  }
  const { redisConnected: connected, degradedSeconds, trouble } = health.value;
  const evidence = {
    connected,
    degradedSeconds,
    observerReaches: view.observerReaches,
    otherNodesConnected: view.connected - Number(connected && !view.alone.has(component)),
  };
  const alone = view.alone.get(component);
  if (alone) {
    const partly = { ...wordOf(trouble), evidence: { ...evidence, aloneRatio: alone.ratio } };
    const summary = `${alone.words}${because(trouble)}`;
    return { ...judgement, verdict: "violated", reason: "serves-in-part", ...partly, summary };
  }
  if (connected) {
    const summary = `Redis serves ${component}`;
    return { ...judgement, on: component, verdict: "holds", reason: "connected", summary, evidence };
  }
  const faulty = view.isRedis ? REDIS : faultyFor(health.value, view.primaries);
  if (isServedInPart(health.value, view.primaries)) {
    const summary = `${component} ${describeAlone(health.value, view.primaries)}`;
    const reason = faulty === undefined ? "node-cut-off" : "serves-no-node";
    return {
      ...judgement,
      on: faulty ?? component,
      verdict: "violated",
      reason,
      ...wordOf(trouble),
      summary,
      evidence,
    };
  }
  const isLate = health.value.redisAnswers === "late";
  const ownWay = isLate ? "answers-late" : "node-cut-off";
  const reason = view.isRedis ? "serves-no-node" : isOfRedis ? "serves-in-part" : ownWay;
  const others = view.connected > 0 ? ", but serves others" : "";
  const late = isLate ? "; its answers come too late" : "";
  const summary = `Redis does not serve ${component}${others}${because(trouble)}${late}`;
  return { ...judgement, verdict: "violated", reason, ...wordOf(trouble), summary, evidence };
}

function percentOf(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

function because(trouble: RedisTrouble | undefined): string {
  return trouble === undefined ? "" : `: ${describeTrouble(trouble)}`;
}

function wordOf(word: RedisTrouble | undefined): { readonly word?: RedisTrouble } {
  return word === undefined ? {} : { word };
}
