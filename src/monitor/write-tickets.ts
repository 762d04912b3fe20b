/** Writes what a round made of tickets: their changes, and what they say now. */

import type { TicketEvent } from "../core/tickets/round.ts";
import type { TicketRecord } from "../core/tickets/ticket-record.ts";
import type { Change, NewTicket } from "../database/mod.ts";
import { termsOf } from "./memory.ts";
import type { CheckupOptions } from "./options.ts";

/** What a round brings for tickets. */
export interface TicketWrites {
  readonly events: readonly TicketEvent[];
  readonly records: readonly TicketRecord[];
  /** Epoch milliseconds at which the look was due. */
  readonly atMs: number;
  /** Id of the evidence that was frozen for tickets that open. */
  readonly evidence?: number;
}

/** Writes the events in their order, and then what each ticket says now. */
export function writeTickets(options: CheckupOptions, { events, records, ...stamp }: TicketWrites): void {
  const { database, instance } = options;
  for (const event of events) writeEvent(options, event, stamp);
  for (const record of records) {
    const ticket = database.tickets.newest(instance.id, record);
    if (ticket) database.tickets.say(ticket.id, record);
  }
}

type Stamp = Pick<TicketWrites, "atMs" | "evidence">;

function writeEvent(options: CheckupOptions, event: TicketEvent, stamp: Stamp): void {
  const { tickets } = options.database;
  const { change, record, entities, reason } = event;
  const by: Change = { atMs: stamp.atMs, actor: options.actor, reason };
  const earlier = tickets.newest(options.instance.id, record);
  if (change === "opened" || !earlier) {
    if (change === "opened") tickets.open(options.instance.id, openingOf(options, event, stamp));
    return;
  }
  switch (change) {
    case "reopened":
      tickets.reopen(earlier.id, openingOf(options, event, stamp));
      break;
    case "joined":
      tickets.join(earlier.id, entities, by);
      break;
    case "left":
      tickets.leave(earlier.id, entities, by);
      break;
    case "reason-changed":
      tickets.tell(earlier.id, by);
      break;
    case "resolved":
      tickets.change(earlier.id, "resolved", by);
      break;
  }
}

/** Long before it opened a violation may have come and gone; for grouping it began at most two graces ago. */
function openingOf(options: CheckupOptions, { record, entities, reason }: TicketEvent, stamp: Stamp): NewTicket {
  const { invariant, on, words, holdDownMs } = record;
  const { rules, severity, symptom } = termsOf(options)(invariant);
  const sinceMs = Math.min(...entities.map(({ violatedSinceMs = stamp.atMs }) => violatedSinceMs));
  return {
    ...stamp,
    invariant,
    on,
    words,
    entities,
    severity,
    ...(symptom && { symptom }),
    reason,
    actor: options.actor,
    firstViolatedAtMs: sinceMs,
    beganAtMs: Math.max(sinceMs, stamp.atMs - 2 * rules.graceMs),
    ...(holdDownMs !== undefined && { holdDownMs }),
  };
}
