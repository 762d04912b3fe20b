/** Tickets as text. */

import { excerptOf } from "../../core/text/excerpt.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import type { TicketView } from "../../runtime/views/ticket.ts";
import { tableLines } from "../table.ts";
import { ageOf, isoTime } from "../time.ts";
import { renderEvidence } from "./evidence.ts";

/** A table of tickets, with a head. */
export function renderTickets(
  tickets: readonly Ticket[],
  nameOf: (ticket: Ticket) => string,
  nowMs: number,
): readonly string[] {
  const rows = tickets.map((ticket) => [
    String(ticket.id),
    stateOf(ticket),
    ticket.severity,
    nameOf(ticket),
    ticket.invariant,
    ticket.entity,
    ageOf(ticket.firstViolatedAtMs, nowMs),
    excerptOf(ticket.summary, 120),
  ]);
  return tableLines([["ID", "STATE", "SEVERITY", "INSTANCE", "INVARIANT", "ENTITY", "SINCE", "SUMMARY"], ...rows]);
}

/** Everything about one ticket, for a terminal of so many columns. */
export function renderTicket(view: TicketView, columns: number): readonly string[] {
  const { ticket, instance, transitions, incident, evidence } = view;
  const { id, invariant, entity, on, severity, summary, figures } = ticket;
  const facts = [
    ["state", stateOf(ticket)],
    ["severity", severity],
    ["instance", `${instance.subject} ${instance.name}`],
    ...(on === entity ? [] : [["component", on]]),
    ["violated", isoTime(ticket.firstViolatedAtMs)],
    [
      "opened",
      `${isoTime(ticket.openedAtMs)}${ticket.reopenCount > 0 ? `, for the ${ticket.reopenCount + 1}th time` : ""}`,
    ],
    ...(ticket.resolvedAtMs === undefined ? [] : [["resolved", isoTime(ticket.resolvedAtMs)]]),
    ...(incident ? [["incident", `${incident.id} (${incident.state})`]] : []),
    ...Object.entries(figures).map(([name, value]) => [name, excerptOf(String(value))]),
  ];
  return [
    `Ticket ${id}: ${invariant} of ${entity}`,
    `  ${excerptOf(summary, 500)}`,
    "",
    ...indented(tableLines(facts)),
    "",
    "History",
    ...indented(
      tableLines(
        transitions.map(({ atMs, change, actor, reason }) => [isoTime(atMs), change, actor, excerptOf(reason)]),
      ),
    ),
    ...renderEvidence(evidence, columns),
  ];
}

/** Lines moved in under a heading. */
export function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

function stateOf({ state, held }: Ticket): string {
  return held ? `${state}, held` : state;
}
