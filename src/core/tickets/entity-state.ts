/** Follows one (invariant, entity) from look to look: how much violation has gathered, and for how long it has held. Pure. */

import type { ComponentId, EntityId } from "../words/ids.ts";
import type { Verdict } from "../words/verdict.ts";
import type { TicketRules } from "./rules.ts";

/**
 * All that must be remembered of one (invariant, entity). The time since `asOfMs` belongs to `verdict` and is counted only
 * when something changes, so that it stays the same object while nothing does.
 */
export interface EntityState {
  readonly invariant: string;
  readonly entity: EntityId;
  readonly on: ComponentId;
  readonly verdict: Verdict;
  /** Epoch milliseconds of the look that first gave this verdict. */
  readonly verdictSinceMs: number;
  /** Why the verdict is what it is. */
  readonly reason: string;
  /** What was said when this reason was first given. */
  readonly summary: string;
  /** Epoch milliseconds up to which `fillMs` and `heldMs` are counted. */
  readonly asOfMs: number;
  /** Milliseconds of violation: `violated` fills, `holds` drains at half that pace, `unknown` does neither. */
  readonly fillMs: number;
  /** Epoch milliseconds at which the fill last left 0. */
  readonly violatedSinceMs?: number;
  /** Readings that held since it was last violated, while it is affected. */
  readonly holds: number;
  /** Milliseconds that it held since then. */
  readonly heldMs: number;
  /** Epoch milliseconds since which no judgement speaks of it. */
  readonly unjudgedSinceMs?: number;
  /** Component of the open ticket that it belongs to, whatever component later judgements speak of. */
  readonly ticketOn?: ComponentId;
  /** It was retired while a person held its ticket. */
  readonly isGone?: true;
}

/** What one look says of an entity. */
export interface VerdictInput {
  /** Epoch milliseconds at which the look was due. */
  readonly atMs: number;
  readonly invariant: string;
  readonly entity: EntityId;
  readonly on: ComponentId;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly summary: string;
  /** Milliseconds that its answer took, where it holds because it answers. */
  readonly answeredAfterMs?: number;
  /** No judgement speaks of it: it was judged before and is not judged now. */
  readonly unjudged?: boolean;
}

/** A time that was not watched: the last look before it and the first one after it. */
export interface Gap {
  /** Epoch milliseconds, by the clock as it was then. */
  readonly fromMs: number;
  /** Epoch milliseconds, by the clock as it is now. */
  readonly toMs: number;
  /** The clock was set meanwhile, so that earlier times are moved along with it. */
  readonly stepped: boolean;
}

/** The name under which the state of an entity is kept. */
export function entityKey({ invariant, entity }: Pick<EntityState, "invariant" | "entity">): string {
  return `${invariant} ${entity}`;
}

/** Takes one verdict into account; answers the same object where nothing changes. */
export function followEntity(state: EntityState | undefined, input: VerdictInput, rules: TicketRules): EntityState {
  if (!state) return firstState(input);
  const countedMs = input.atMs + stillSilentMs(state, input);
  const { fillMs, heldMs } = countedAt(state, countedMs, rules);
  const next = { ...runs(state, input, { fillMs, heldMs, rules }), on: input.on };
  const unjudgedSinceMs = input.unjudged ? (state.unjudgedSinceMs ?? input.atMs) : undefined;
  const isSame =
    input.verdict === state.verdict &&
    input.reason === state.reason &&
    next.on === state.on &&
    next.violatedSinceMs === state.violatedSinceMs &&
    next.holds === state.holds &&
    unjudgedSinceMs === state.unjudgedSinceMs &&
    !state.isGone;
  return isSame ? state : changed(state, input, { ...next, unjudgedSinceMs, countedMs });
}

/** Milliseconds of this look for which what was silent at the last one still was: an answer that comes late ends a silence, and no more. */
function stillSilentMs({ verdict: before }: EntityState, { verdict, answeredAfterMs = 0 }: VerdictInput): number {
  return before === "violated" && verdict === "holds" ? answeredAfterMs : 0;
}

/** Milliseconds of violation, and milliseconds that held, at a time that belongs to the verdict in force. */
export function countedAt(
  { verdict, asOfMs, fillMs, heldMs, ticketOn }: EntityState,
  atMs: number,
  { graceMs }: TicketRules,
): { readonly fillMs: number; readonly heldMs: number } {
  const elapsedMs = Math.max(0, atMs - asOfMs);
  if (verdict === "violated") return { fillMs: Math.min(fillMs + elapsedMs, 2 * graceMs), heldMs };
  if (verdict === "unknown") return { fillMs, heldMs };
  return { fillMs: Math.max(0, fillMs - elapsedMs / 2), heldMs: ticketOn === undefined ? 0 : heldMs + elapsedMs };
}

/** Whether a violation has lasted long enough for a ticket. */
export function isDue(state: EntityState, atMs: number, rules: TicketRules): boolean {
  if (state.verdict !== "violated" || state.ticketOn !== undefined) return false;
  return countedAt(state, atMs, rules).fillMs >= rules.graceMs;
}

/** Makes an entity part of a ticket. */
export function affect(state: EntityState, on: ComponentId): EntityState {
  return { ...state, ticketOn: on, holds: 0, heldMs: 0 };
}

/** Ends its part in a ticket: the fill is 0 again. */
export function release(state: EntityState, atMs: number): EntityState {
  const { ticketOn: _on, isGone: _gone, violatedSinceMs: _since, ...rest } = state;
  const isViolated = state.verdict === "violated";
  return { ...rest, fillMs: 0, holds: 0, heldMs: 0, asOfMs: atMs, ...(isViolated && { violatedSinceMs: atMs }) };
}

/** Whether an affected entity has held often and long enough. */
export function hasHeld(state: EntityState, atMs: number, rules: TicketRules): boolean {
  return state.holds >= rules.holdsToResolve && countedAt(state, atMs, rules).heldMs >= rules.holdDownMs;
}

/** Leaves out a time that was not watched: it is neither violation nor health. */
export function acrossGap(state: EntityState, { fromMs, toMs, stepped }: Gap, rules: TicketRules): EntityState {
  if (state.verdict === "holds" && state.violatedSinceMs === undefined && state.ticketOn === undefined) return state;
  const { violatedSinceMs: sinceMs, ...rest } = state;
  const { fillMs, heldMs } = countedAt(state, fromMs, rules);
  const lasts = sinceMs !== undefined && (fillMs > 0 || state.verdict === "violated");
  const shiftMs = stepped ? toMs - fromMs : 0;
  return {
    ...rest,
    fillMs,
    heldMs,
    asOfMs: toMs,
    ...(lasts && { violatedSinceMs: Math.min(toMs, sinceMs + shiftMs) }),
  };
}

function firstState({ atMs, invariant, entity, on, verdict, reason, summary }: VerdictInput): EntityState {
  const said = { invariant, entity, on, verdict, verdictSinceMs: atMs, reason, summary };
  const state = { ...said, asOfMs: atMs, fillMs: 0, holds: 0, heldMs: 0 };
  return verdict === "violated" ? { ...state, violatedSinceMs: atMs } : state;
}

interface Counted {
  readonly fillMs: number;
  readonly heldMs: number;
  readonly rules: TicketRules;
}

interface Runs {
  readonly fillMs: number;
  readonly heldMs: number;
  readonly holds: number;
  readonly violatedSinceMs: number | undefined;
}

/** Only `violated` ends what held; `unknown` pauses it. */
function runs(state: EntityState, { verdict, atMs }: VerdictInput, { fillMs, heldMs, rules }: Counted): Runs {
  const sinceMs = fillMs > 0 || state.verdict === "violated" ? state.violatedSinceMs : undefined;
  if (verdict === "violated") return { fillMs, heldMs: 0, holds: 0, violatedSinceMs: sinceMs ?? atMs };
  const counts = verdict === "holds" && state.ticketOn !== undefined && state.holds < rules.holdsToResolve;
  const holds = counts ? state.holds + 1 : state.holds;
  return { fillMs, heldMs, holds, violatedSinceMs: fillMs > 0 ? sinceMs : undefined };
}

function changed(
  state: EntityState,
  { atMs, verdict, reason, summary }: VerdictInput,
  { on, fillMs, heldMs, holds, violatedSinceMs, unjudgedSinceMs, countedMs }: Runs & Told,
): EntityState {
  const { violatedSinceMs: _violated, unjudgedSinceMs: _unjudged, isGone: _gone, ...rest } = state;
  return {
    ...rest,
    on,
    fillMs,
    heldMs,
    holds,
    asOfMs: countedMs,
    ...(verdict !== state.verdict && { verdict, verdictSinceMs: atMs }),
    ...((verdict !== state.verdict || reason !== state.reason) && { reason, summary }),
    ...(violatedSinceMs !== undefined && { violatedSinceMs }),
    ...(unjudgedSinceMs !== undefined && { unjudgedSinceMs }),
  };
}

interface Told {
  readonly on: ComponentId;
  readonly unjudgedSinceMs: number | undefined;
  /** Epoch milliseconds up to which the runs are counted. */
  readonly countedMs: number;
}
