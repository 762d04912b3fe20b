/** Judges whether each primary of a Redis Cluster serves: a failed one affects only its share of the keys. */

import type { Judgement } from "../../../core/subject/invariant.ts";
import type { Read } from "../../../core/subject/probe.ts";
import type { ProbeFailure } from "../../../core/words/probe-outcome.ts";
import { describeTrouble } from "../../../io/redis-trouble.ts";
import type { RedisReading } from "../client/redis-client.ts";
import type { RedisPrimary } from "../client/redis-primaries.ts";
import type { Health } from "../client/replies.ts";
import type { NodeReading } from "../observation.ts";
import { REDIS } from "../topology.ts";

/** A primary, and the nodes that decide without it. */
export interface PrimaryView {
  readonly primary: RedisPrimary;
  /** Nodes that decide its keys without it, and those that answer. */
  readonly without: number;
  readonly answering: number;
}

type Reason = "connected" | "serves-no-node" | ProbeFailure;

/** The primaries of a Cluster as nodes and observer see them; empty without a Cluster. */
export function primariesOf(redis: Read<RedisReading>, nodes: readonly NodeReading[]): readonly PrimaryView[] {
  const primaries = ("value" in redis ? redis.value.primaries : undefined) ?? [];
  const healths = nodes.flatMap(({ health }) => ("value" in health ? [health.value] : []));
  return primaries
    .filter(({ component }) => component !== REDIS)
    .map((primary) => ({
      primary,
      without: healths.filter(({ primariesAlone = [] }) => primariesAlone.includes(primary.address)).length,
      answering: healths.length,
    }));
}

/** Whether Redis decides some but not all keys of a node. */
export function isServedInPart({ primariesAlone = [] }: Health, views: readonly PrimaryView[]): boolean {
  return primariesAlone.length > 0 && primariesAlone.length < views.length;
}

/** The primary at fault when a node decides without one; `undefined` if the node or its link is at fault. */
export function faultyFor(
  { primariesAlone = [] }: Health,
  views: readonly PrimaryView[],
): RedisPrimary["component"] | undefined {
  return views.find((view) => primariesAlone.includes(view.primary.address) && isAtFault(view))?.primary.component;
}

/** Judges each primary. */
export function judgePrimaries(views: readonly PrimaryView[]): readonly Judgement<Reason>[] {
  return views.map((view) => {
    const { primary, without, answering } = view;
    const { component, keysRatio, failure } = primary;
    const share = `${component} (${shareOf(keysRatio)} of the keys)`;
    const nodes = `${without} of ${answering} nodes decide without it`;
    const judgement = {
      entity: component,
      on: component,
      evidence: { keysRatio, nodesWithout: without, nodesAnswering: answering, probe: failure?.outcome ?? "answered" },
    };
    if (failure) {
      const { outcome: reason, word } = failure;
      const summary = `${share}: ${failure.failed}; ${nodes}`;
      return { ...judgement, verdict: "violated", reason, summary, ...(word !== undefined && { word }) };
    }
    if (isAtFault(view)) {
      return { ...judgement, verdict: "violated", reason: "serves-no-node", summary: `${share}: ${nodes}` };
    }
    return { ...judgement, verdict: "holds", reason: "connected", summary: `${share} serves` };
  });
}

/** Describes the primaries without which a node decides. */
export function describeAlone({ primariesAlone = [], trouble }: Health, views: readonly PrimaryView[]): string {
  const gone = views.filter(({ primary }) => primariesAlone.includes(primary.address)).map(({ primary }) => primary);
  const share = shareOf(gone.reduce((sum, { keysRatio }) => sum + keysRatio, 0));
  const names = gone.map(({ component }) => component).join(", ");
  return `decides ${share} of the keys without ${names}${trouble === undefined ? "" : `: ${describeTrouble(trouble)}`}`;
}

/** One node cannot tell its own link from the primary behind it; the observer can, and so can two nodes. */
function isAtFault({ primary, without, answering }: PrimaryView): boolean {
  return primary.failure !== undefined || (without > 1 && without === answering);
}

function shareOf(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}
