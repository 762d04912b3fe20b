/** Follows one ticket, which speaks of an invariant at a component, from look to look: what it says, and when it resolves. Pure. */

import type { ComponentId, EntityId, Scalar } from "../words/ids.ts";
import type { Verdict } from "../words/verdict.ts";
import { type EntityState, type Gap, hasHeld, type VerdictInput } from "./entity-state.ts";
import type { TicketRules } from "./rules.ts";

/** A ticket is one or the other; being held is a property beside it. */
export type TicketState = "open" | "resolved";

/** Why a ticket was violated, in the words of the last look that found it so. */
export interface Problem {
  readonly reason: string;
  readonly summary: string;
}

/** What a ticket says now: the words on the worst of its entities, and how many there are. */
export interface TicketWords {
  /** The entity that the words are about. */
  readonly entity: EntityId;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly summary: string;
  readonly figures: Readonly<Record<string, Scalar>>;
  /** Entities that belong to it. */
  readonly affected: number;
  /** How many of those are violated now. */
  readonly violated: number;
  readonly problem: Problem;
}

/** Entities that a ticket waits for before it resolves. */
export interface Waiting {
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  readonly for: readonly EntityId[];
}

/** The newest ticket of an (invariant, component). */
export interface TicketRecord {
  readonly invariant: string;
  readonly on: ComponentId;
  readonly state: TicketState;
  /** A person has it in hand: it does not resolve by itself. */
  readonly held: boolean;
  /** Epoch milliseconds; absent while it is open. */
  readonly resolvedAtMs?: number;
  /** Milliseconds, where reopening has made it longer than the rules say. */
  readonly holdDownMs?: number;
  readonly waiting?: Waiting;
  readonly words: TicketWords;
  /** Keys of the states of its entities; empty once it is resolved. */
  readonly affected: ReadonlySet<string>;
}

/** The name under which a ticket is kept. */
export function ticketKey({ invariant, on }: Pick<TicketRecord, "invariant" | "on">): string {
  return `${invariant} ${on}`;
}

/** An entity of a ticket: its state, and what this look said of it where it said anything. */
export interface Affected {
  readonly state: EntityState;
  readonly said?: Said | undefined;
}

/** What a look said of an entity, with the figures it rests on. */
export interface Said extends VerdictInput {
  readonly figures: Readonly<Record<string, Scalar>>;
}

/** The words of a ticket after a look; the entity they are about stays the same while it is as bad as any other. */
export function wordsOf(affected: readonly Affected[], before?: TicketWords): TicketWords | undefined {
  const head = headOf(affected, before?.entity);
  if (!head) return undefined;
  const { state, said } = head;
  const { verdict, reason, summary } = said ?? saidBefore(state, before);
  const violated = affected.filter(({ state: { verdict } }) => verdict === "violated").length;
  const kept = before?.entity === state.entity ? before.figures : {};
  return {
    entity: state.entity,
    verdict,
    reason,
    summary,
    figures: said?.figures ?? kept,
    affected: affected.length,
    violated,
    problem: verdict === "violated" ? { reason, summary } : (before?.problem ?? { reason, summary }),
  };
}

/** Whether two say the same. */
export function sameWords(a: TicketWords, b: TicketWords): boolean {
  return (
    a.entity === b.entity &&
    a.verdict === b.verdict &&
    a.reason === b.reason &&
    a.summary === b.summary &&
    a.affected === b.affected &&
    a.violated === b.violated &&
    sameFigures(a.figures, b.figures)
  );
}

/** What decides whether a ticket resolves at a look. */
export interface Resolving {
  readonly atMs: number;
  readonly rules: TicketRules;
  /** The states of its entities. */
  readonly states: readonly EntityState[];
  /** Entities of the same invariant and component that are violated at this look and do not belong to it. */
  readonly violatedNow: readonly EntityId[];
  /** Whether an entity that it waits for still has to hold or join. */
  readonly isAwaited: (entity: EntityId) => boolean;
}

/** Whether a ticket resolves, waits for others first, or goes on. */
export function resolutionOf(
  { held, holdDownMs = 0, waiting }: TicketRecord,
  { atMs, rules, states, violatedNow, isAwaited }: Resolving,
): "resolves" | "goes-on" | Waiting {
  const settled = { ...rules, holdDownMs: Math.max(rules.holdDownMs, holdDownMs) };
  if (held || !states.every((state) => hasHeld(state, atMs, settled))) return "goes-on";
  const now = waiting ?? { sinceMs: atMs, for: violatedNow };
  const awaited = now.for.filter(isAwaited);
  const isOver = awaited.length === 0 || atMs - now.sinceMs >= rules.graceMs;
  // What cannot be seen at this look has not recovered, however long it held before.
  if (isOver && states.every(({ verdict }) => verdict === "holds")) return "resolves";
  return waiting && awaited.length === waiting.for.length ? waiting : { ...now, for: awaited };
}

/** Leaves out a time that was not watched. */
export function recordAcrossGap(record: TicketRecord, { fromMs, toMs }: Gap): TicketRecord {
  const { waiting } = record;
  if (!waiting) return record;
  return { ...record, waiting: { ...waiting, sinceMs: waiting.sinceMs + toMs - fromMs } };
}

const BADNESS: Readonly<Record<Verdict, number>> = { violated: 0, unknown: 1, holds: 2 };

/** Worst first: violated before unknown before what holds, the component itself, then what has been so for longest. */
function worstFirst(a: EntityState, b: EntityState): number {
  return (
    BADNESS[a.verdict] - BADNESS[b.verdict] ||
    Number(b.entity === b.on) - Number(a.entity === a.on) ||
    (a.violatedSinceMs ?? a.verdictSinceMs) - (b.violatedSinceMs ?? b.verdictSinceMs) ||
    (a.entity < b.entity ? -1 : 1)
  );
}

function headOf(affected: readonly Affected[], before: EntityId | undefined): Affected | undefined {
  let worst: Affected | undefined;
  let earlier: Affected | undefined;
  for (const one of affected) {
    if (one.state.entity === before) earlier = one;
    if (!worst || worstFirst(one.state, worst.state) < 0) worst = one;
  }
  if (!earlier || !worst) return worst;
  const isOther = worst.state.entity === worst.state.on && earlier.state.entity !== earlier.state.on;
  return BADNESS[earlier.state.verdict] <= BADNESS[worst.state.verdict] && !isOther ? earlier : worst;
}

function saidBefore(state: EntityState, before: TicketWords | undefined): Pick<TicketWords, "verdict" | keyof Problem> {
  const isSame = before?.entity === state.entity && before.verdict === state.verdict && before.reason === state.reason;
  return isSame ? before : state;
}

function sameFigures(a: TicketWords["figures"], b: TicketWords["figures"]): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
