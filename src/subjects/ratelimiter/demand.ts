/** What clients asked for between two looks, allowed or not: what was allowed alone hides whoever is over the limit. */

import type { ComponentId } from "../../core/ids.ts";
import type { Probed } from "../../core/invariant.ts";
import { unitsEnded } from "./admission-sums.ts";
import type { Admissions } from "./replies.ts";

/** Demand on all nodes that could be compared. */
export interface Demand {
  readonly seconds: number;
  /** Checks of all keys. */
  readonly checks: number;
  /** Keys that were seen lately, and so the least that there are. */
  readonly keyCount: number;
  /** Keys that were asked for most, heaviest first. */
  readonly heaviest: readonly KeyDemand[];
}

/** Demand for one key. */
export interface KeyDemand {
  readonly key: string;
  readonly allowed: number;
  readonly denied: number;
}

/** What one look says of the nodes' admissions. */
export interface DemandLook {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly nodes: readonly { readonly component: ComponentId; readonly admissions: Probed<Admissions> }[];
}

/** Heaviest keys that each node is asked for. */
export const HEAVIEST_ASKED = 20;

const HEAVIEST_SHOWN = 5;

/** What has been asked since the look before, on the nodes that answered both. */
export function demandSince(before: DemandLook | undefined, now: DemandLook): Probed<Demand> {
  const seconds = (now.atMs - (before?.atMs ?? now.atMs)) / 1000;
  const earlier = new Map(before?.nodes.map(({ component, admissions }) => [component, admissions]));
  const demands = now.nodes.flatMap(({ component, admissions }) => {
    const was = earlier.get(component);
    if (!was || "failed" in was || "failed" in admissions) return [];
    return nodeDemand(was.value, admissions.value, seconds) ?? [];
  });
  if (demands.length === 0 || seconds <= 0)
    return { failed: "No node answered both this look and the one before", outcome: "failed" };
  const keys = Map.groupBy(
    demands.flatMap(({ keys }) => keys),
    ({ key }) => key,
  );
  return {
    value: {
      seconds,
      checks: sum(demands.map(({ checks }) => checks)),
      keyCount: keys.size,
      heaviest: [...keys]
        .map(([key, parts]) => ({
          key,
          allowed: sum(parts.map(({ allowed }) => allowed)),
          denied: sum(parts.map(({ denied }) => denied)),
        }))
        .toSorted((a, b) => b.allowed + b.denied - a.allowed - a.denied)
        .slice(0, HEAVIEST_SHOWN),
    },
  };
}

/** `undefined` if the node has restarted in between. */
function nodeDemand(before: Admissions, now: Admissions, seconds: number) {
  const checks = now.checks - before.checks;
  if (checks < 0) return undefined;
  // A node that has not decided anything yet does not know the time of Redis.
  const toUs = now.redisTimeUs ?? 0;
  const span = { fromUs: before.redisTimeUs ?? toUs - seconds * 1_000_000, toUs };
  const logs = Map.groupBy(now.series, ({ key }) => key);
  const denied = new Map(now.denied.map(([key, count]) => [key, Math.max(0, count - deniedBefore(before, key))]));
  const keys = [...new Set([...logs.keys(), ...denied.keys()])].map((key) => {
    return { key, allowed: unitsEnded(logs.get(key) ?? [], span), denied: denied.get(key) ?? 0 };
  });
  return { checks, keys };
}

/** A key that was not listed had been denied no more often than the last one that was. */
function deniedBefore({ denied }: Admissions, key: string): number {
  const listed = denied.find(([name]) => name === key)?.[1];
  return listed ?? (denied.length < HEAVIEST_ASKED ? 0 : (denied.at(-1)?.[1] ?? 0));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
