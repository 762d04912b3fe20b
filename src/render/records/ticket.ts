/** Tickets as text. */

import { excerptOf } from "../../core/text/excerpt.ts";
import type { Ticket, TicketChange, TicketEntity } from "../../core/tickets/ticket.ts";
import { titleOf } from "../../core/words/instance.ts";
import type { TicketView } from "../../runtime/views/ticket.ts";
import { tableLines } from "../table.ts";
import { ageOf, isoTime } from "../time.ts";
import { renderEvidence } from "./evidence.ts";

/** What happened to a ticket, as it is told. */
export const TICKET_CHANGE_WORDS: Readonly<Record<TicketChange, string>> = {
  opened: "opened",
  reopened: "reopened",
  resolved: "resolved",
  held: "held",
  unheld: "released",
  joined: "affects more",
  left: "affects fewer",
  "reason-changed": "changed its reason",
};

/** What may have led to it was written so long before it began. */
const LEAD_MS = 60_000;

/** A table of tickets, with a head. */
export function renderTickets(
  tickets: readonly Ticket[],
  nameOf: (ticket: Ticket) => string,
  nowMs: number,
): readonly string[] {
  return tableLines(ticketRows(tickets, nameOf, nowMs));
}

/** The cells of {@linkcode renderTickets}. */
export function ticketRows(
  tickets: readonly Ticket[],
  nameOf: (ticket: Ticket) => string,
  nowMs: number,
): readonly (readonly string[])[] {
  const rows = tickets.map((ticket) => [
    String(ticket.id),
    stateOf(ticket),
    ticket.severity,
    nameOf(ticket),
    ticket.invariant,
    ticket.on,
    String(ticket.affected),
    ageOf(ticket.firstViolatedAtMs, nowMs),
    excerptOf(headlineOf(ticket), 120),
  ]);
  const head = ["ID", "STATE", "SEVERITY", "INSTANCE", "INVARIANT", "COMPONENT", "AFFECTED", "SINCE", "SUMMARY"];
  return [head, ...rows];
}

/** Everything about one ticket, for a terminal of so many columns. */
export function renderTicket(view: TicketView, columns: number): readonly string[] {
  const { ticket, instance, transitions, incident, evidence, entities } = view;
  const { id, invariant, on, severity, reason, affected, violated, figures } = ticket;
  const facts = [
    ["state", stateOf(ticket)],
    ["severity", severity],
    ["instance", titleOf(instance)],
    ...(reason === "" ? [] : [["reason", reason]]),
    ["affected", affectedOf(affected, violated)],
    ["violated", isoTime(ticket.firstViolatedAtMs)],
    ["opened", `${isoTime(ticket.openedAtMs)}${reopenedWords(ticket)}`],
    ...(ticket.resolvedAtMs === undefined ? [] : [["resolved", isoTime(ticket.resolvedAtMs)]]),
    ...(incident ? [["incident", `${incident.id} (${incident.state})`]] : []),
    ...Object.entries(figures).map(([name, value]) => [name, figureOf(value)]),
  ];
  return [
    `Ticket ${id}: ${invariant} of ${on}`,
    `  ${excerptOf(headlineOf(ticket), 500)}`,
    "",
    ...indented(tableLines(facts)),
    ...entityLines(entities, affected),
    "",
    "History",
    ...indented(
      tableLines(
        transitions.map(({ atMs, change, actor, reason }) => [
          isoTime(atMs),
          TICKET_CHANGE_WORDS[change],
          actor,
          excerptOf(reason),
        ]),
      ),
    ),
    ...renderEvidence(evidence, { columns, sinceMs: ticket.firstViolatedAtMs - LEAD_MS }),
  ];
}

function reopenedWords({ reopenCount }: Ticket): string {
  if (reopenCount === 0) return "";
  return reopenCount === 1 ? ", reopened once" : `, reopened ${reopenCount} times`;
}

/** Lines moved in under a heading. */
export function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

/** What an open ticket says now; of one that recovers or is resolved, what was wrong. */
function headlineOf({ state, verdict, summary, problem }: Ticket): string {
  if (state === "resolved") return problem.summary;
  return verdict === "holds" ? `recovering: ${summary} (was: ${problem.summary})` : summary;
}

function affectedOf(affected: number, violated: number): string {
  return `${affected} ${affected === 1 ? "entity" : "entities"}, ${violated} violated now`;
}

/** The worst entities, where there is more than the one that the ticket is named by. */
function entityLines(entities: readonly TicketEntity[], affected: number): readonly string[] {
  if (entities.length < 2) return [];
  const rows = entities.map(({ entity, verdict = "not followed", on = "", summary, joinedSummary }) => [
    entity,
    verdict,
    on,
    excerptOf(summary ?? joinedSummary, 120),
  ]);
  const more = affected - entities.length;
  return ["", "Affected", ...indented([...tableLines(rows), ...(more > 0 ? [`and ${more} more`] : [])])];
}

function stateOf({ state, held }: Ticket): string {
  return held ? `${state}, held` : state;
}

/** A figure as a person reads it: more digits than four say nothing. */
function figureOf(value: unknown): string {
  const isLong = typeof value === "number" && Number.isFinite(value) && !Number.isInteger(value);
  return excerptOf(String(isLong ? Number(value.toPrecision(4)) : value));
}
