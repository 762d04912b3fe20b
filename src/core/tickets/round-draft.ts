/** What a round has made of entities and tickets so far. */

import type { InvariantJudgement } from "../subject/checkup.ts";
import type { ComponentId, EntityId } from "../words/ids.ts";
import type { Verdict } from "../words/verdict.ts";
import { affect, type EntityState, entityKey, release, type VerdictInput } from "./entity-state.ts";
import type { TicketRules } from "./rules.ts";
import { type Said, type TicketRecord, ticketKey } from "./ticket-record.ts";

/** What is remembered between rounds. */
export interface Known {
  /** By {@linkcode entityKey}. */
  readonly states: ReadonlyMap<string, EntityState>;
  /** The newest ticket of each (invariant, component), by {@linkcode ticketKey}. */
  readonly tickets: ReadonlyMap<string, TicketRecord>;
}

/** Something that happens to a ticket. */
export interface TicketEvent {
  readonly change: "opened" | "reopened" | "joined" | "left" | "resolved" | "reason-changed";
  /** As it is after this. */
  readonly record: TicketRecord;
  /** The entities that joined or left. */
  readonly entities: readonly EntityState[];
  readonly reason: string;
}

/** An entity that got another verdict than before. */
export interface VerdictChange {
  readonly state: EntityState;
  /** Absent where it was never judged before. */
  readonly from?: Verdict;
  readonly judgement?: InvariantJudgement;
}

/** An affected entity of which judgements speak on another component than before. */
export interface Moved {
  readonly state: EntityState;
  readonly from: ComponentId;
}

/** What a round came to. */
export interface RoundOutcome {
  /** States that are new or have changed. */
  readonly changed: readonly EntityState[];
  /** States that need not be followed any more. */
  readonly forgotten: readonly EntityState[];
  readonly verdictChanges: readonly VerdictChange[];
  readonly moved: readonly Moved[];
  readonly tickets: readonly TicketEvent[];
  /** Tickets that are new or have changed, be it only in what they say. */
  readonly records: readonly TicketRecord[];
}

/** Rules by invariant. */
export type RulesOf = (invariant: string) => TicketRules;

/** An input of a judgement. */
export function toInput(
  { invariant, entity, on, verdict, reason, summary, answeredAfterMs }: InvariantJudgement,
  atMs: number,
): VerdictInput {
  const said = { atMs, invariant, entity, on, verdict, reason, summary };
  return answeredAfterMs === undefined ? said : { ...said, answeredAfterMs };
}

interface Step {
  readonly before: EntityState | undefined;
  readonly state: EntityState;
  readonly judgement?: InvariantJudgement;
}

/** A round under way: the states and tickets as they were, and what has become of them. */
export class Draft {
  readonly known: Known;
  readonly atMs: number;
  readonly rulesOf: RulesOf;
  /** By ticket: entities that are due for it. */
  readonly openings = new Map<string, EntityState[]>();
  /** By ticket: entities that were retired out of it. */
  readonly retired = new Map<string, EntityState[]>();
  /** By key: what this look said of entities that belong to a ticket. */
  readonly words = new Map<string, Said>();
  readonly #states = new Map<string, EntityState>();
  readonly #records = new Map<string, TicketRecord>();
  readonly #forgotten = new Map<string, EntityState>();
  readonly #violated = new Map<string, EntityId[]>();
  readonly #verdictChanges: VerdictChange[] = [];
  readonly #moved: Moved[] = [];
  readonly #tickets: TicketEvent[] = [];

  constructor(known: Known, atMs: number, rulesOf: RulesOf) {
    this.known = known;
    this.atMs = atMs;
    this.rulesOf = rulesOf;
  }

  state(key: string): EntityState | undefined {
    return this.#forgotten.has(key) ? undefined : (this.#states.get(key) ?? this.known.states.get(key));
  }

  put(key: string, state: EntityState): void {
    this.#states.set(key, state);
  }

  ticket(key: string): TicketRecord | undefined {
    return this.#records.get(key) ?? this.known.tickets.get(key);
  }

  record(key: string, record: TicketRecord): void {
    this.#records.set(key, record);
  }

  /** Takes over what a look said of an entity. */
  say(key: string, said: Said, { before, state, judgement }: Step): void {
    if (state.ticketOn !== undefined || state.verdict === "violated") this.words.set(key, said);
    if (state === before) return;
    this.put(key, state);
    if (state.verdict !== before?.verdict) {
      const from = before && { from: before.verdict };
      this.#verdictChanges.push({ state, ...from, ...(judgement && { judgement }) });
    }
    if (before && before.ticketOn !== undefined && before.on !== state.on) this.#moved.push({ state, from: before.on });
  }

  /** Has an entity open or join the ticket of its component. */
  due(state: EntityState): void {
    push(this.openings, ticketKey(state), state);
  }

  violatedNow(ticket: string, entity: EntityId): void {
    push(this.#violated, ticket, entity);
  }

  /** Entities that are violated at this look, on the component of a ticket and not part of it. */
  violatedBeside(ticket: string): readonly EntityId[] {
    return this.#violated.get(ticket) ?? [];
  }

  forget(key: string, state: EntityState): void {
    this.#states.delete(key);
    this.#forgotten.set(key, state);
  }

  /** Takes an entity that is gone for good out of its ticket; while a person holds that, it stays as it is. */
  retire(key: string, state: EntityState): void {
    const { invariant, ticketOn } = state;
    if (ticketOn === undefined) return this.forget(key, state);
    const ticket = ticketKey({ invariant, on: ticketOn });
    if (!this.ticket(ticket)?.held) {
      push(this.retired, ticket, state);
      return this.forget(key, state);
    }
    if (!state.isGone) this.put(key, { ...state, isGone: true });
  }

  /** Makes entities part of a ticket. */
  affect(record: TicketRecord, states: readonly EntityState[]): TicketRecord {
    const keys = states.map((state) => entityKey(state));
    for (const [index, state] of states.entries()) this.put(keys[index] ?? "", affect(state, record.on));
    return { ...record, affected: record.affected.union(new Set(keys)) };
  }

  /** Sets the entities of a ticket free. */
  release(record: TicketRecord): TicketRecord {
    for (const key of record.affected) {
      const state = this.state(key);
      if (state) this.put(key, release(state, this.atMs));
    }
    return { ...record, affected: new Set() };
  }

  tell(event: TicketEvent): void {
    this.#tickets.push(event);
  }

  outcome(): RoundOutcome {
    return {
      changed: [...this.#states.values()],
      forgotten: [...this.#forgotten.values()],
      verdictChanges: this.#verdictChanges,
      moved: this.#moved,
      tickets: this.#tickets,
      records: [...this.#records.values()],
    };
  }
}

function push<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const known = lists.get(key);
  if (known) known.push(value);
  else lists.set(key, [value]);
}
