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

/** The newest ticket of a track. */
export interface TrackedTicket {
  readonly state: TicketState;
  readonly held: boolean;
  /** Epoch milliseconds; absent while it is open. */
  readonly resolvedAtMs?: number;
}

/** All that must be remembered of one (invariant, entity); it stays the same object while nothing changes. */
export interface Track {
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

/** What one checkup says of a track. */
export interface Sighting {
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

/** What a sighting came to. */
export interface TrackStep {
  readonly track: Track;
  /** What happens to the ticket, if anything does. */
  readonly change?: "opened" | "reopened" | "resolved";
}

/** Completes rules with the defaults: three holds, spanning at least the grace, and ten minutes to reopen. */
export function ticketRules(rules: Pick<TicketRules, "graceMs"> & Partial<TicketRules>): TicketRules {
  return { holdsToResolve: 3, holdDownMs: rules.graceMs, reopenWithinMs: 600_000, ...rules };
}

/** The name under which a track is kept. */
export function trackKey({ invariant, entity }: Pick<Track, "invariant" | "entity">): string {
  return `${invariant} ${entity}`;
}

/** Takes one sighting into account. */
export function followTrack(track: Track | undefined, sighting: Sighting, rules: TicketRules): TrackStep {
  const seen = track === undefined ? firstSight(sighting) : countOn(track, sighting, rules);
  if (opens(seen, sighting, rules)) {
    return { track: { ...seen, ticket: { state: "open", held: false } }, change: openingOf(seen, rules) };
  }
  if (resolves(seen, sighting, rules)) return { track: withResolved(seen, sighting.atMs), change: "resolved" };
  return { track: seen };
}

/** Resolves the open ticket of an entity that is gone for good; a held one stays as it is. */
export function retireTrack(track: Track, atMs: number): TrackStep {
  if (track.ticket?.state !== "open" || track.ticket.held) return { track };
  return { track: withResolved(track, atMs), change: "resolved" };
}

function firstSight({ atMs, invariant, entity, on, verdict, summary }: Sighting): Track {
  const track = { invariant, entity, on, verdict, verdictSinceMs: atMs, summary, holds: 0 };
  return verdict === "violated" ? { ...track, violatedSinceMs: atMs } : track;
}

/** Changes only what the sighting changes, so that a steady track costs neither memory nor a write. */
function countOn(track: Track, sighting: Sighting, rules: TicketRules): Track {
  const { atMs, verdict, on, summary } = sighting;
  const violatedSinceMs = violationStart(track, sighting);
  const { holds, holdsSinceMs } = holdsRun(track, sighting, rules);
  const unjudgedSinceMs = unjudgedStart(track, sighting);
  const changed = verdict !== track.verdict;
  if (
    !changed &&
    on === track.on &&
    violatedSinceMs === track.violatedSinceMs &&
    holds === track.holds &&
    holdsSinceMs === track.holdsSinceMs &&
    unjudgedSinceMs === track.unjudgedSinceMs
  ) {
    return track;
  }
  const { violatedSinceMs: _violated, holdsSinceMs: _holds, unjudgedSinceMs: _unjudged, ...rest } = track;
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
function violationStart(track: Track, { verdict, atMs, restart }: Sighting): number | undefined {
  if (verdict === "holds") return undefined;
  const since = restart && track.violatedSinceMs !== undefined ? atMs : track.violatedSinceMs;
  return verdict === "violated" ? (since ?? atMs) : since;
}

function unjudgedStart(track: Track, { unjudged, atMs, restart }: Sighting): number | undefined {
  if (!unjudged) return undefined;
  return restart ? atMs : (track.unjudgedSinceMs ?? atMs);
}

function holdsRun(
  track: Track,
  { verdict, atMs, restart }: Sighting,
  { holdsToResolve }: TicketRules,
): { holds: number; holdsSinceMs: number | undefined } {
  if (verdict !== "holds" || track.ticket?.state !== "open") return { holds: 0, holdsSinceMs: undefined };
  if (restart || track.holdsSinceMs === undefined) return { holds: 1, holdsSinceMs: atMs };
  return { holds: Math.min(track.holds + 1, holdsToResolve), holdsSinceMs: track.holdsSinceMs };
}

function opens(track: Track, { verdict, atMs }: Sighting, { graceMs }: TicketRules): boolean {
  if (verdict !== "violated" || track.ticket?.state === "open") return false;
  return atMs - (track.violatedSinceMs ?? atMs) >= graceMs;
}

function openingOf(track: Track, { reopenWithinMs }: TicketRules): "opened" | "reopened" {
  const resolvedAtMs = track.ticket?.resolvedAtMs;
  if (resolvedAtMs === undefined || track.violatedSinceMs === undefined) return "opened";
  return track.violatedSinceMs - resolvedAtMs <= reopenWithinMs ? "reopened" : "opened";
}

function resolves(track: Track, { verdict, atMs }: Sighting, rules: TicketRules): boolean {
  if (verdict !== "holds" || track.ticket?.state !== "open" || track.ticket.held) return false;
  return track.holds >= rules.holdsToResolve && atMs - (track.holdsSinceMs ?? atMs) >= rules.holdDownMs;
}

function withResolved(track: Track, atMs: number): Track {
  const { holdsSinceMs: _since, ...rest } = track;
  return { ...rest, holds: 0, ticket: { state: "resolved", held: false, resolvedAtMs: atMs } };
}
