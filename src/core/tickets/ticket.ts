/** Tickets: the durable record that one invariant has been violated at one entity for longer than its grace. */

import type { Severity } from "../subject/invariant.ts";
import type { Actor } from "../words/actor.ts";
import type { ComponentId, EntityId, Scalar } from "../words/ids.ts";

/** A ticket is one or the other; being held is a property beside it. */
export type TicketState = "open" | "resolved";

/** What can happen to a ticket. The last two only a person does. */
export const TICKET_CHANGES = ["opened", "reopened", "resolved", "held", "unheld"] as const;

/** What happened to a ticket. */
export type TicketChange = (typeof TICKET_CHANGES)[number];

/** The record of one lasting violation. */
export interface Ticket {
  readonly id: number;
  /** Id of the instance it belongs to. */
  readonly instance: number;
  readonly invariant: string;
  readonly entity: EntityId;
  /** The component it speaks of. */
  readonly on: ComponentId;
  readonly severity: Severity;
  readonly state: TicketState;
  /** A person has taken it in hand: nothing automatic touches it. */
  readonly held: boolean;
  /** What was said of the entity when the ticket opened. */
  readonly summary: string;
  /** The figures that verdict rested on. */
  readonly figures: Readonly<Record<string, Scalar>>;
  /** Epoch milliseconds of the checkup that first saw the violation. */
  readonly firstViolatedAtMs: number;
  /** Epoch milliseconds of the last opening. */
  readonly openedAtMs: number;
  /** Epoch milliseconds; absent while it is open. */
  readonly resolvedAtMs?: number;
  readonly reopenCount: number;
  /** Id of the evidence frozen at the last opening. */
  readonly evidence?: number;
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

/** Why a change does not apply to a ticket, or `undefined` when it does. */
export function refusalOf(ticket: Pick<Ticket, "state" | "held">, change: TicketChange): string | undefined {
  switch (change) {
    case "held":
      if (ticket.state === "resolved") return "it is resolved, expected an open ticket";
      return ticket.held ? "it is held already, expected one that is not" : undefined;
    case "unheld":
      return ticket.held ? undefined : "it is not held, expected a held ticket";
    case "resolved":
      return ticket.state === "open" ? undefined : "it is resolved already, expected an open ticket";
    case "opened":
    case "reopened":
      return ticket.state === "resolved" ? undefined : "it is open already, expected a resolved ticket";
  }
}
