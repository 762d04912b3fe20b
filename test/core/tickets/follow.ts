/** Follows scripted rounds through the reducers, and keeps what they remember. */

import type { InvariantJudgement } from "../../../src/core/subject/checkup.ts";
import { type EntityState, entityKey } from "../../../src/core/tickets/entity-state.ts";
import { followRound, type Known, type Round, type RoundOutcome } from "../../../src/core/tickets/round.ts";
import { type TicketRules, ticketRules } from "../../../src/core/tickets/rules.ts";
import { type TicketRecord, ticketKey } from "../../../src/core/tickets/ticket-record.ts";
import type { ComponentId, EntityId } from "../../../src/core/words/ids.ts";
import type { Verdict } from "../../../src/core/words/verdict.ts";

/** Verdicts by letter. */
export const VERDICTS: Readonly<Record<string, Verdict>> = { v: "violated", h: "holds", u: "unknown" };

const LETTERS: Readonly<Record<string, string>> = { opened: "o", reopened: "R", resolved: "r", joined: "j", left: "l" };

/** A memory that is brought forward round by round. */
export class Follower {
  known: Known = { states: new Map(), tickets: new Map() };
  readonly rules: TicketRules;

  constructor(rules: TicketRules = ticketRules({ graceMs: 10_000 })) {
    this.rules = rules;
  }

  round(partial: Partial<Round>): RoundOutcome {
    const whole = { atMs: 0, judgements: [], retired: [], expected: new Set<ComponentId>(), ...partial };
    const outcome = followRound(this.known, whole, () => this.rules);
    const states = new Map(this.known.states);
    const tickets = new Map(this.known.tickets);
    for (const state of outcome.changed) states.set(entityKey(state), state);
    for (const state of outcome.forgotten) states.delete(entityKey(state));
    for (const record of outcome.records) tickets.set(ticketKey(record), record);
    this.known = { states, tickets };
    return outcome;
  }

  /** One letter per look, five seconds apart: what is said of `node/1`, and what becomes of its ticket. */
  follow(said: string, startMs = 0): string {
    let changes = "";
    for (const [index, letter] of said.split("").entries()) {
      const judgements = [judged("node/1", VERDICTS[letter] ?? "unknown")];
      const { tickets } = this.round({ atMs: startMs + index * 5000, judgements });
      const first = tickets.find(({ change }) => change !== "reason-changed");
      changes += LETTERS[first?.change ?? ""] ?? "-";
    }
    return changes;
  }

  /** Has a person hold or release the ticket of a component. */
  hold(on: ComponentId, held: boolean, invariant = "answers"): void {
    const key = ticketKey({ invariant, on });
    const record = this.known.tickets.get(key);
    if (record) this.known = { ...this.known, tickets: new Map([...this.known.tickets, [key, { ...record, held }]]) };
  }

  ticket(on: ComponentId, invariant = "answers"): TicketRecord | undefined {
    return this.known.tickets.get(ticketKey({ invariant, on }));
  }

  state(entity: EntityId, invariant = "answers"): EntityState | undefined {
    return this.known.states.get(entityKey({ invariant, entity }));
  }
}

/** A judgement of the invariant `answers`. */
export function judged(entity: EntityId, verdict: Verdict, more: Partial<InvariantJudgement> = {}): InvariantJudgement {
  const said = { reason: verdict, summary: `${entity} ${verdict}`, evidence: {}, readAtMs: 0 };
  return { invariant: "answers", entity, on: entity, verdict, ...said, ...more };
}
