/** Tickets: the durable record that one invariant has been violated at one component for longer than its grace. */

import type { Severity } from "../subject/invariant.ts";
import type { Actor } from "../words/actor.ts";
import type { ComponentId, EntityId, Scalar } from "../words/ids.ts";
import type { Symptom } from "../words/symptom.ts";
import type { Verdict } from "../words/verdict.ts";
import type { Problem, TicketState, Waiting } from "./ticket-record.ts";

/** What can happen to a ticket. Only a person holds and releases one. */
export const TICKET_CHANGES = [
  "opened",
  "reopened",
  "resolved",
  "held",
  "unheld",
  "joined",
  "left",
  "reason-changed",
] as const;

/** What happened to a ticket. */
export type TicketChange = (typeof TICKET_CHANGES)[number];

/** The record of one lasting violation. */
export interface Ticket {
  readonly id: number;
  /** Id of the instance it belongs to. */
  readonly instance: number;
  readonly invariant: string;
  /** The component it speaks of. */
  readonly on: ComponentId;
  /** The worst of its entities, which its words are about. */
  readonly entity: EntityId;
  readonly severity: Severity;
  /** What its invariant shows, in a word that fits any system; absent where none does. */
  readonly symptom?: Symptom;
  readonly state: TicketState;
  /** A person has taken it in hand: it does not resolve by itself. */
  readonly held: boolean;
  /** What the last look said of that entity. */
  readonly verdict: Verdict;
  readonly reason: string;
  readonly summary: string;
  /** The figures that verdict rests on. */
  readonly figures: Readonly<Record<string, Scalar>>;
  /** What was wrong, in the words of the last look that found it so. */
  readonly problem: Problem;
  /** Entities that belong to it; of a resolved ticket, those that did. */
  readonly affected: number;
  /** How many of those are violated. */
  readonly violated: number;
  /** Epoch milliseconds at which the violation began that opened it. */
  readonly firstViolatedAtMs: number;
  /** Epoch milliseconds from which it counts as begun where tickets are put into incidents. */
  readonly beganAtMs: number;
  /** Epoch milliseconds of the last opening. */
  readonly openedAtMs: number;
  /** Epoch milliseconds; absent while it is open. */
  readonly resolvedAtMs?: number;
  readonly reopenCount: number;
  /** Milliseconds that must hold before it resolves, where reopening has made that longer. */
  readonly holdDownMs?: number;
  /** Entities that it waits for before it resolves. */
  readonly waiting?: Waiting;
  /** Id of the evidence frozen at the last opening. */
  readonly evidence?: number;
}

/** An entity of a ticket. */
export interface TicketEntity {
  readonly entity: EntityId;
  /** The component that judgements on it speak of now; absent where it is not followed any more. */
  readonly on?: ComponentId;
  readonly verdict?: Verdict;
  /** What was said of it when it joined. */
  readonly joinedSummary: string;
  /** What is said of it now. */
  readonly summary?: string;
  /** Epoch milliseconds. */
  readonly joinedAtMs: number;
  /** Epoch milliseconds; absent while it belongs to the ticket. */
  readonly leftAtMs?: number;
}

/** One row of a ticket's history. */
export interface TicketTransition {
  readonly id: number;
  readonly ticket: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly change: TicketChange;
  readonly actor: Actor;
  readonly reason: string;
}

/** Why a person cannot make this change to a ticket, as the rest of a sentence; `undefined` when it applies. */
export function refusalOf({ state, held }: Pick<Ticket, "state" | "held">, change: TicketChange): string | undefined {
  switch (change) {
    case "held":
      if (state === "resolved") return "is resolved: only an open ticket can be held";
      return held ? "is already held" : undefined;
    case "unheld":
      return held ? undefined : "is not held";
    case "resolved":
      return state === "open" ? undefined : "is already resolved";
    case "reopened":
      return state === "resolved" ? undefined : "is already open";
    case "opened":
    case "joined":
    case "left":
    case "reason-changed":
      return "cannot be changed that way by a person";
  }
}
