/** What an incident is called after: the ticket nearest its cause, and before there is one, the ticket on which most others depend. */

import type { Severity } from "../subject/invariant.ts";
import { type Dependency, dependenciesIn, distancesFrom, reachedFrom } from "../system/places.ts";
import type { ComponentId, EntityId } from "../words/ids.ts";
import type { TicketState } from "./ticket-record.ts";

/** A ticket as far as it may give its incident a name. */
export interface Nameable {
  readonly id: number;
  readonly on: ComponentId;
  /** The worst of its entities. */
  readonly entity: EntityId;
  readonly severity: Severity;
  readonly beganAtMs: number;
}

/** A ticket by whose words an incident may be called. */
export interface Titled extends Nameable {
  /** What was wrong. */
  readonly summary: string;
}

/** What nearness is measured by. */
export interface Nearness {
  readonly links: readonly Dependency[];
  /** The component at fault, where one was found. */
  readonly cause?: ComponentId | undefined;
}

/** The worst first. */
export const SEVERITIES: readonly Severity[] = ["critical", "warning", "info"];

/** With more components than this the dependants of each are not worked out: they say no more than the first ticket. */
const MOST_COMPONENTS = 200;

/** The tickets of an incident, the one that names it first: of one component, what is said of itself before what is said of its entities. */
export function nearestFirst<T extends Nameable>(tickets: readonly T[], nearness: Nearness): readonly T[] {
  const rankOf = ranks(tickets, nearness);
  return tickets.toSorted(
    (a, b) =>
      rankOf(a.on) - rankOf(b.on) ||
      Number(a.entity !== a.on) - Number(b.entity !== b.on) ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      a.beganAtMs - b.beganAtMs ||
      a.id - b.id,
  );
}

/** What an incident is called by, and what it is called so far. */
export interface Naming extends Nearness {
  readonly former?: string;
}

/**
 * What an incident is called: the words of the ticket nearest its cause, which name the component, and how many more there are.
 * A name that speaks of the component itself is kept while only its entities are left.
 */
export function titleOf(tickets: readonly Titled[], { former, ...nearness }: Naming): string {
  const [nearest] = nearestFirst(tickets, nearness);
  if (!nearest) return "";
  const { on, entity, summary } = nearest;
  const others = tickets.length - 1;
  const more = others > 0 ? ` (and ${others} more)` : "";
  const words = former?.replace(/ \(and \d+ more\)$/, "") ?? "";
  if (entity !== on && isOfItself(words, on)) return `${words}${more}`;
  return `${summary.includes(on) ? summary : `${on}: ${summary}`}${more}`;
}

/** Not of an entity of it, whose words follow the name of the component. */
function isOfItself(title: string, on: ComponentId): boolean {
  return title.startsWith(`${on} `);
}

/** Tickets in the order in which a person wants to see them: by severity, then by nearness to the cause, then by age. */
export function mostUrgentFirst<T extends Nameable & { readonly state: TicketState }>(
  tickets: readonly T[],
  nearness: Nearness,
): readonly T[] {
  const nearest = nearestFirst(tickets, nearness);
  return nearest.toSorted(
    (a, b) =>
      Number(a.state === "resolved") - Number(b.state === "resolved") ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
}

/** Lower is nearer. */
function ranks(tickets: readonly Nameable[], { links, cause }: Nearness): (id: ComponentId) => number {
  const dependencies = dependenciesIn(links);
  if (cause !== undefined) {
    const distances = distancesFrom(cause, dependencies);
    return (id) => distances.get(id) ?? Number.MAX_SAFE_INTEGER;
  }
  const components = new Set(tickets.map(({ on }) => on));
  if (components.size > MOST_COMPONENTS) return () => 0;
  const dependants = new Map(
    [...components].map((id) => [id, reachedFrom(id, dependencies.on).intersection(components).size] as const),
  );
  return (id) => -(dependants.get(id) ?? 0);
}
