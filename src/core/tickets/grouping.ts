/** Forms incidents: which tickets began together and touch. Pure, and near-linear in tickets and links. */

import { isWhole } from "../system/places.ts";
import type { ComponentId } from "../words/ids.ts";

/** Tickets further apart than this did not begin together. */
const TOGETHER_MS = 30_000;

/** What grouping needs of a ticket. */
export interface Groupable {
  readonly id: number;
  readonly invariant: string;
  readonly on: ComponentId;
  /** Epoch milliseconds from which it counts as begun. */
  readonly beganAtMs: number;
  /** The unresolved incident it is part of. */
  readonly incident?: number;
}

/** A dependency as grouping sees it: without direction. */
export interface Tie {
  readonly from: ComponentId;
  readonly to: ComponentId;
}

/** New tickets that belong to one incident. */
export interface Formation<T extends Groupable> {
  /** The incident they join; absent where they form a new one. */
  readonly incident?: number;
  readonly tickets: readonly T[];
}

/**
 * Sorts the tickets that have no incident into incidents. Two tickets touch if they began within 30 s of each other
 * and are on the same component, on linked ones, or of the same invariant on components with a common neighbour, or if
 * one of them is on the whole system.
 * Where new tickets touch several incidents they join the oldest.
 */
export function formIncidents<T extends Groupable>(
  tickets: readonly T[],
  ties: readonly Tie[],
): readonly Formation<T>[] {
  const sorted = tickets.toSorted((a, b) => a.beganAtMs - b.beganAtMs);
  const forest = sorted.map((_, index) => index);
  const neighbours = neighboursOf(ties);
  const byComponent = bucket(sorted, ({ on }) => [on]);
  for (const indices of byComponent.values()) joinChain(forest, sorted, indices);
  joinLinked(forest, sorted, { byComponent, ties });
  const byNeighbour = bucket(
    sorted,
    firstsOnly((ticket) => neighbourKeys(ticket, neighbours)),
  );
  for (const indices of byNeighbour.values()) joinChain(forest, sorted, indices);
  joinWholes(forest, sorted);
  return formationsOf(forest, sorted);
}

type Keys = (ticket: Groupable) => readonly string[];

function neighbourKeys({ on, invariant }: Groupable, neighbours: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...(neighbours.get(on) ?? [])].map((neighbour) => `${invariant} ${neighbour}`);
}

/** Of tickets alike in component, invariant and time, which are joined already, one speaks for all. */
function firstsOnly(keysOf: Keys): Keys {
  const seen = new Set<string>();
  return (ticket) => {
    const alike = `${ticket.on} ${ticket.invariant} ${ticket.beganAtMs}`;
    if (seen.has(alike)) return [];
    seen.add(alike);
    return keysOf(ticket);
  };
}

function neighboursOf(ties: readonly Tie[]): ReadonlyMap<ComponentId, ReadonlySet<ComponentId>> {
  const neighbours = new Map<ComponentId, Set<ComponentId>>();
  const add = (a: ComponentId, b: ComponentId): void => {
    const known = neighbours.get(a);
    if (known) known.add(b);
    else neighbours.set(a, new Set([b]));
  };
  for (const { from, to } of ties) {
    add(from, to);
    add(to, from);
  }
  return neighbours;
}

/** Indices of the sorted tickets by key, each list in time order. */
function bucket(sorted: readonly Groupable[], keysOf: Keys): Map<string, number[]> {
  const buckets = new Map<string, number[]>();
  for (const [index, ticket] of sorted.entries()) {
    for (const key of keysOf(ticket)) {
      const known = buckets.get(key);
      if (known) known.push(index);
      else buckets.set(key, [index]);
    }
  }
  return buckets;
}

/** Among tickets that touch whenever they began together, joining neighbours in time joins all that must be joined. */
function joinChain(forest: number[], sorted: readonly Groupable[], indices: readonly number[]): void {
  for (let i = 1; i < indices.length; i++) joinIfTogether(forest, sorted, [indices[i - 1] ?? 0, indices[i] ?? 0]);
}

interface Linked {
  readonly byComponent: ReadonlyMap<string, readonly number[]>;
  readonly ties: readonly Tie[];
}

/** Walks the end with fewer tickets, so that a hub with many of both does not cost their product. */
function joinLinked(forest: number[], sorted: readonly Groupable[], { byComponent, ties }: Linked): void {
  for (const { from, to } of ties) {
    const a = byComponent.get(from);
    const b = byComponent.get(to);
    if (!a || !b) continue;
    const [few, many] = a.length <= b.length ? [a, b] : [b, a];
    for (const index of few) {
      const after = firstAfter(many, index);
      for (const near of [many[after - 1], many[after]]) {
        if (near !== undefined) joinIfTogether(forest, sorted, [index, near]);
      }
    }
  }
}

/** A ticket on the whole system touches any other; each joins the nearest such ticket before and after it. */
function joinWholes(forest: number[], sorted: readonly Groupable[]): void {
  const wholes = sorted.flatMap(({ on }, index) => (isWhole(on) ? [index] : []));
  if (wholes.length === 0) return;
  for (const index of sorted.keys()) {
    const after = firstAfter(wholes, index);
    for (const near of [wholes[after - 1], wholes[after]]) {
      if (near !== undefined) joinIfTogether(forest, sorted, [index, near]);
    }
  }
}

/** Position of the first number above `value` in an ascending list. */
function firstAfter(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function joinIfTogether(forest: number[], sorted: readonly Groupable[], [a, b]: readonly [number, number]): void {
  const apartMs = Math.abs((sorted[a]?.beganAtMs ?? 0) - (sorted[b]?.beganAtMs ?? 0));
  if (apartMs <= TOGETHER_MS) forest[rootOf(forest, a)] = rootOf(forest, b);
}

function rootOf(forest: number[], index: number): number {
  let root = index;
  for (let parent = forest[root]; parent !== undefined && parent !== root; parent = forest[root]) {
    forest[root] = forest[parent] ?? parent;
    root = parent;
  }
  return root;
}

function formationsOf<T extends Groupable>(forest: number[], sorted: readonly T[]): readonly Formation<T>[] {
  const groups = new Map<number, { incident?: number; tickets: T[] }>();
  for (const [index, ticket] of sorted.entries()) {
    const root = rootOf(forest, index);
    const group = groups.get(root) ?? { tickets: [] };
    groups.set(root, group);
    if (ticket.incident === undefined) group.tickets.push(ticket);
    else group.incident = Math.min(group.incident ?? ticket.incident, ticket.incident);
  }
  return [...groups.values()].filter(({ tickets }) => tickets.length > 0);
}
