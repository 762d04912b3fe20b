/** What a look makes of tickets: which open, which entities join and leave, what each says now, which resolve. */

import type { EntityState } from "./entity-state.ts";
import { entityKey } from "./entity-state.ts";
import type { Draft, TicketEvent } from "./round-draft.ts";
import { holdDownAfter, reopens, type TicketRules } from "./rules.ts";
import { resolutionOf, sameWords, type TicketRecord, wordsOf } from "./ticket-record.ts";

/** What a round says of all tickets. */
export interface SettledRound {
  /** Invariants that were judged by the same reading before. */
  readonly repeated?: ReadonlySet<string>;
  /** Keys of tickets that would open again for another cause than before. */
  readonly unrelated?: ReadonlySet<string>;
}

/** Settles every ticket once all entities have been followed. */
export function settleTickets(draft: Draft, { repeated, unrelated }: SettledRound): void {
  for (const [key, gone] of draft.retired) leave(draft, key, gone);
  for (const [key, states] of draft.openings) open(draft, key, { states, isUnrelated: unrelated?.has(key) ?? false });
  for (const key of new Set([...draft.known.tickets.keys(), ...draft.openings.keys()])) {
    const record = draft.ticket(key);
    if (record?.state === "open") settle(draft, key, { record, repeated });
  }
}

/** An entity that is gone for good leaves its ticket; with the last one the ticket resolves. */
function leave(draft: Draft, key: string, gone: readonly EntityState[]): void {
  const record = draft.ticket(key);
  if (record?.state !== "open") return;
  const affected = record.affected.difference(new Set(gone.map((state) => entityKey(state))));
  const left = { ...record, affected };
  const reason = goneReason(gone);
  draft.record(key, left);
  draft.tell({ change: "left", record: left, entities: gone, reason });
  if (affected.size === 0 && !draft.openings.has(key)) resolve(draft, key, reason);
}

interface Opening {
  readonly states: readonly EntityState[];
  readonly isUnrelated: boolean;
}

function open(draft: Draft, key: string, { states, isUnrelated }: Opening): void {
  const before = draft.ticket(key);
  const [first] = states;
  if (!first) return;
  const rules = draft.rulesOf(first.invariant);
  if (before?.state === "open") {
    const record = draft.affect(before, states);
    draft.record(key, record);
    draft.tell({ change: "joined", record, entities: states, reason: joinedReason(states) });
    return;
  }
  // Another trouble than before is another ticket.
  const change = before && !isUnrelated && reopens(before, draft.atMs, rules) ? "reopened" : "opened";
  // That it has come back shows nothing of how long to wait where it is another trouble.
  const holdDownMs = isUnrelated ? rules.holdDownMs : holdDownAfter(before, draft.atMs, rules);
  const words = wordsOf(states.map((state) => ({ state, said: draft.words.get(entityKey(state)) })));
  if (!words) return;
  const { invariant, on } = first;
  const opened: TicketRecord = {
    invariant,
    on,
    words,
    state: "open",
    held: false,
    affected: new Set(),
    ...(holdDownMs > rules.holdDownMs && { holdDownMs }),
  };
  const record = draft.affect(opened, states);
  draft.record(key, record);
  const reason = openedReason(change, states, { atMs: draft.atMs, rules });
  draft.tell({ change, record, entities: states, reason });
}

interface Settling {
  readonly record: TicketRecord;
  readonly repeated: ReadonlySet<string> | undefined;
}

function settle(draft: Draft, key: string, { record: earlier, repeated }: Settling): void {
  const states = [...earlier.affected].flatMap((entity) => draft.state(entity) ?? []);
  if (states.length === 0) {
    if (!earlier.held) resolve(draft, key, "All of its entities are gone");
    return;
  }
  const record = say(draft, key, { record: earlier, states });
  if (repeated?.has(record.invariant)) return;
  const { atMs } = draft;
  const rules = draft.rulesOf(record.invariant);
  const resolution = resolutionOf(record, {
    atMs,
    rules,
    states,
    violatedNow: draft.violatedBeside(key),
    isAwaited: (entity) => {
      const state = draft.state(entityKey({ invariant: record.invariant, entity }));
      return state !== undefined && state.verdict !== "holds" && state.ticketOn === undefined;
    },
  });
  if (resolution === "resolves") resolve(draft, key, heldReason(states, { atMs, rules }));
  else if (resolution !== "goes-on") {
    if (resolution !== record.waiting) draft.record(key, { ...record, waiting: resolution });
  } else if (record.waiting && !record.held) {
    const { waiting: _waiting, ...rest } = record;
    draft.record(key, rest);
  }
}

/** Has a ticket say what is so now; why it is violated is told where that has changed. */
function say(
  draft: Draft,
  key: string,
  { record, states }: { readonly record: TicketRecord; readonly states: readonly EntityState[] },
): TicketRecord {
  const affected = states.map((state) => ({ state, said: draft.words.get(entityKey(state)) }));
  const words = wordsOf(affected, record.words);
  if (!words || sameWords(words, record.words)) return record;
  const next = { ...record, words };
  draft.record(key, next);
  const { reason, summary } = words.problem;
  if (words.verdict === "violated" && reason !== record.words.problem.reason) {
    const head = states.filter(({ entity }) => entity === words.entity);
    const told = `${record.words.problem.reason} became ${reason}: ${summary}`;
    draft.tell({ change: "reason-changed", record: next, entities: head, reason: told });
  }
  return next;
}

function resolve(draft: Draft, key: string, reason: string): void {
  const open = draft.ticket(key);
  if (!open) return;
  const entities = [...open.affected].flatMap((entity) => draft.state(entity) ?? []);
  const { waiting: _waiting, ...rest } = draft.release(open);
  const record: TicketRecord = { ...rest, state: "resolved", resolvedAtMs: draft.atMs };
  draft.record(key, record);
  draft.tell({ change: "resolved", record, entities, reason });
}

interface Timing {
  readonly atMs: number;
  readonly rules: TicketRules;
}

function openedReason(change: TicketEvent["change"], states: readonly EntityState[], { atMs, rules }: Timing): string {
  const sinceMs = Math.min(...states.map(({ violatedSinceMs = atMs }) => violatedSinceMs));
  const again = change === "reopened" ? "again " : "";
  return `Violated ${again}for ${seconds(atMs - sinceMs)} s, grace ${rules.graceMs / 1000} s`;
}

function heldReason(states: readonly EntityState[], { atMs, rules }: Timing): string {
  const heldMs = Math.min(...states.map((state) => state.heldMs + Math.max(0, atMs - state.asOfMs)));
  return `Held at ${rules.holdsToResolve} or more checkups, for ${seconds(heldMs)} s`;
}

function joinedReason(states: readonly EntityState[]): string {
  const [first] = states;
  const others = states.length - 1;
  const names = others > 0 ? `${first?.entity} and ${others} more` : first?.entity;
  return `${names} joined: ${first?.summary}`;
}

function goneReason(gone: readonly EntityState[]): string {
  const others = gone.length - 1;
  return others > 0 ? `${gone[0]?.entity} and ${others} more no longer exist` : `${gone[0]?.entity} no longer exists`;
}

function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 100) / 10);
}
