/** Follows one (invariant, entity) from checkup to checkup and says when its ticket opens, reopens and resolves. Pure. */

import type { ComponentId, EntityId } from "../words/ids.ts";
import type { Verdict } from "../words/verdict.ts";
import type { TicketState } from "./ticket.ts";

/** When tickets open and resolve. */
export interface TicketRules {
  /** Milliseconds that a violation must last before it is a ticket. */
  readonly graceMs: number;
  /** Consecutive `holds` that resolve. */
  readonly holdsToResolve: number;
  /** Milliseconds that those must span. */
  readonly holdDownMs: number;
  /** Milliseconds after resolving within which a new violation reopens the same ticket. */
  readonly reopenWithinMs: number;
}

/** The newest ticket of an entity state. */
export interface TrackedTicket {
  readonly state: TicketState;
  readonly held: boolean;
  /** Epoch milliseconds; absent while it is open. */
  readonly resolvedAtMs?: number;
}

/** All that must be remembered of one (invariant, entity); it stays the same object while nothing changes. */
export interface EntityState {
  readonly invariant: string;
  readonly entity: EntityId;
  readonly on: ComponentId;
  readonly verdict: Verdict;
  /** Epoch milliseconds of the checkup that first gave this verdict. */
  readonly verdictSinceMs: number;
  /** What was said when this verdict was first given. */
  readonly summary: string;
  /** Epoch milliseconds at which the violation began that no `holds` has ended since. */
  readonly violatedSinceMs?: number;
  /** Consecutive `holds` since, counted while a ticket is open. */
  readonly holds: number;
  /** Epoch milliseconds of the first of those. */
  readonly holdsSinceMs?: number;
  /** Epoch milliseconds since which no judgement speaks of it. */
  readonly unjudgedSinceMs?: number;
  readonly ticket?: TrackedTicket;
}

/** What one checkup says of an entity state. */
export interface VerdictInput {
  /** Epoch milliseconds at which the checkup was due. */
  readonly atMs: number;
  /** The clock has stepped since the last checkup, so every count begins again. */
  readonly restart: boolean;
  readonly invariant: string;
  readonly entity: EntityId;
  readonly on: ComponentId;
  readonly verdict: Verdict;
  readonly summary: string;
  /** No judgement speaks of it: it was judged before and is not judged now. */
  readonly unjudged?: boolean;
}

/** What an input came to. */
export interface EntityStep {
  readonly entityState: EntityState;
  /** What happens to the ticket, if anything does. */
  readonly change?: "opened" | "reopened" | "resolved";
}

/** Completes rules with the defaults: three holds, spanning at least the grace, and ten minutes to reopen. */
export function ticketRules(rules: Pick<TicketRules, "graceMs"> & Partial<TicketRules>): TicketRules {
  return { holdsToResolve: 3, holdDownMs: rules.graceMs, reopenWithinMs: 600_000, ...rules };
}

/** The name under which an entity state is kept. */
export function entityKey({ invariant, entity }: Pick<EntityState, "invariant" | "entity">): string {
  return `${invariant} ${entity}`;
}

/** Takes one verdict into account. */
export function followEntity(
  entityState: EntityState | undefined,
  verdictInput: VerdictInput,
  rules: TicketRules,
): EntityStep {
  const seen = entityState === undefined ? firstSight(verdictInput) : countOn(entityState, verdictInput, rules);
  if (opens(seen, verdictInput, rules)) {
    return { entityState: { ...seen, ticket: { state: "open", held: false } }, change: openingOf(seen, rules) };
  }
  if (resolves(seen, verdictInput, rules))
    return { entityState: withResolved(seen, verdictInput.atMs), change: "resolved" };
  return { entityState: seen };
}

/** Resolves the open ticket of an entity that is gone for good; a held one stays as it is. */
export function retireEntity(entityState: EntityState, atMs: number): EntityStep {
  if (entityState.ticket?.state !== "open" || entityState.ticket.held) return { entityState };
  return { entityState: withResolved(entityState, atMs), change: "resolved" };
}

function firstSight({ atMs, invariant, entity, on, verdict, summary }: VerdictInput): EntityState {
  const entityState = { invariant, entity, on, verdict, verdictSinceMs: atMs, summary, holds: 0 };
  return verdict === "violated" ? { ...entityState, violatedSinceMs: atMs } : entityState;
}

/** Changes only what the verdict changes, so that a steady entity costs neither memory nor a write. */
function countOn(entityState: EntityState, verdictInput: VerdictInput, rules: TicketRules): EntityState {
  const { atMs, verdict, on, summary } = verdictInput;
  const violatedSinceMs = violationStart(entityState, verdictInput);
  const { holds, holdsSinceMs } = holdsRun(entityState, verdictInput, rules);
  const unjudgedSinceMs = unjudgedStart(entityState, verdictInput);
  const changed = verdict !== entityState.verdict;
  if (
    !changed &&
    on === entityState.on &&
    violatedSinceMs === entityState.violatedSinceMs &&
    holds === entityState.holds &&
    holdsSinceMs === entityState.holdsSinceMs &&
    unjudgedSinceMs === entityState.unjudgedSinceMs
  ) {
    return entityState;
  }
  const { violatedSinceMs: _violated, holdsSinceMs: _holds, unjudgedSinceMs: _unjudged, ...rest } = entityState;
  return {
    ...rest,
    on,
    holds,
    ...(changed && { verdict, verdictSinceMs: atMs, summary }),
    ...(violatedSinceMs !== undefined && { violatedSinceMs }),
    ...(holdsSinceMs !== undefined && { holdsSinceMs }),
    ...(unjudgedSinceMs !== undefined && { unjudgedSinceMs }),
  };
}

/** Only `holds` ends a violation: had `unknown` ended it, not seeing would have counted as good. */
function violationStart(entityState: EntityState, { verdict, atMs, restart }: VerdictInput): number | undefined {
  if (verdict === "holds") return undefined;
  const since = restart && entityState.violatedSinceMs !== undefined ? atMs : entityState.violatedSinceMs;
  return verdict === "violated" ? (since ?? atMs) : since;
}

function unjudgedStart(entityState: EntityState, { unjudged, atMs, restart }: VerdictInput): number | undefined {
  if (!unjudged) return undefined;
  return restart ? atMs : (entityState.unjudgedSinceMs ?? atMs);
}

function holdsRun(
  entityState: EntityState,
  { verdict, atMs, restart }: VerdictInput,
  { holdsToResolve }: TicketRules,
): { holds: number; holdsSinceMs: number | undefined } {
  if (verdict !== "holds" || entityState.ticket?.state !== "open") return { holds: 0, holdsSinceMs: undefined };
  if (restart || entityState.holdsSinceMs === undefined) return { holds: 1, holdsSinceMs: atMs };
  return { holds: Math.min(entityState.holds + 1, holdsToResolve), holdsSinceMs: entityState.holdsSinceMs };
}

function opens(entityState: EntityState, { verdict, atMs }: VerdictInput, { graceMs }: TicketRules): boolean {
  if (verdict !== "violated" || entityState.ticket?.state === "open") return false;
  return atMs - (entityState.violatedSinceMs ?? atMs) >= graceMs;
}

function openingOf(entityState: EntityState, { reopenWithinMs }: TicketRules): "opened" | "reopened" {
  const resolvedAtMs = entityState.ticket?.resolvedAtMs;
  if (resolvedAtMs === undefined || entityState.violatedSinceMs === undefined) return "opened";
  return entityState.violatedSinceMs - resolvedAtMs <= reopenWithinMs ? "reopened" : "opened";
}

function resolves(entityState: EntityState, { verdict, atMs }: VerdictInput, rules: TicketRules): boolean {
  if (verdict !== "holds" || entityState.ticket?.state !== "open" || entityState.ticket.held) return false;
  return entityState.holds >= rules.holdsToResolve && atMs - (entityState.holdsSinceMs ?? atMs) >= rules.holdDownMs;
}

function withResolved(entityState: EntityState, atMs: number): EntityState {
  const { holdsSinceMs: _since, ...rest } = entityState;
  return { ...rest, holds: 0, ticket: { state: "resolved", held: false, resolvedAtMs: atMs } };
}
