/** Where components are to each other, by the links of a picture: who depends on whom, over any number of links. */

import type { ComponentId } from "../words/ids.ts";

/** A dependency: `from` needs `to`. */
export interface Dependency {
  readonly from: ComponentId;
  readonly to: ComponentId;
}

/** Dependencies by either end. */
export interface Dependencies {
  /** What each component needs. */
  readonly of: ReadonlyMap<ComponentId, readonly ComponentId[]>;
  /** Who needs each component. */
  readonly on: ReadonlyMap<ComponentId, readonly ComponentId[]>;
}

/** Kinds of the components that stand for the whole system, and not for a part of it. */
const WHOLES: ReadonlySet<string> = new Set(["cluster", "instance"]);

/** Whether a component stands for the whole system. */
export function isWhole(id: ComponentId): boolean {
  return WHOLES.has(kindOf(id));
}

/** What stands for no process: those who ask, and sources that are no components. */
const PROCESSLESS: ReadonlySet<string> = new Set(["clients", "source"]);

/** Whether a component stands for the whole system, for what is asked of it or for a source, so that no process of it has a log. */
export function isAbstract(id: ComponentId): boolean {
  return isWhole(id) || PROCESSLESS.has(kindOf(id));
}

function kindOf(id: ComponentId): string {
  return id.slice(0, id.indexOf("/"));
}

/** Dependencies by either end. */
export function dependenciesIn(links: readonly Dependency[]): Dependencies {
  const of = new Map<ComponentId, ComponentId[]>();
  const on = new Map<ComponentId, ComponentId[]>();
  for (const { from, to } of links) {
    push(of, from, to);
    push(on, to, from);
  }
  return { of, on };
}

/** What is reached from a component by any number of steps, itself left out. */
export function reachedFrom(
  component: ComponentId,
  steps: ReadonlyMap<ComponentId, readonly ComponentId[]>,
): ReadonlySet<ComponentId> {
  const reached = new Set<ComponentId>();
  const waiting = [component];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const next of steps.get(id) ?? []) {
      if (next === component || reached.has(next)) continue;
      reached.add(next);
      waiting.push(next);
    }
  }
  return reached;
}

/** Number of links between a component and each other that any way leads to, whatever the direction. */
export function distancesFrom(component: ComponentId, { of, on }: Dependencies): ReadonlyMap<ComponentId, number> {
  const distances = new Map<ComponentId, number>([[component, 0]]);
  for (const [id, distance] of distances) {
    for (const next of [...(of.get(id) ?? []), ...(on.get(id) ?? [])]) {
      if (!distances.has(next)) distances.set(next, distance + 1);
    }
  }
  return distances;
}

function push(lists: Map<ComponentId, ComponentId[]>, key: ComponentId, value: ComponentId): void {
  const known = lists.get(key);
  if (known) known.push(value);
  else lists.set(key, [value]);
}
