/** Incidents as text. */

import { excerptOf } from "../../core/text/excerpt.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import { titleOf } from "../../core/words/instance.ts";
import type { IncidentView } from "../../runtime/views/incident.ts";
import type { ListedIncident } from "../../runtime/views/lists.ts";
import { tableLines } from "../table.ts";
import { ageOf, isoTime } from "../time.ts";
import { renderActionRuns } from "./action-run.ts";
import { causeWords, endOf } from "./cause.ts";
import { renderDiagnosis } from "./diagnosis.ts";
import { renderEvidence } from "./evidence.ts";
import { renderAnswer } from "./incident-answer.ts";
import { scopeOf, timelineOf } from "./incident-timeline.ts";
import { renderInvestigation } from "./investigation.ts";
import { nextStep } from "./next-step.ts";
import { indented, renderTickets } from "./ticket.ts";

/** How an incident is shown. */
export interface IncidentOptions {
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Width of the terminal; unbounded without one. */
  readonly columns: number;
}

/** Tickets at most that a list names of one incident. */
const MOST_NAMED = 3;

/** A table of incidents, with a head; below each that is not resolved its cause, its tickets and what to do next. */
export function renderIncidents(
  incidents: readonly ListedIncident[],
  nameOf: (incident: Incident) => string,
  nowMs: number,
): readonly string[] {
  const rows = incidents.map(({ incident, tickets }) => [
    String(incident.id),
    endOf(incident),
    tickets[0]?.severity ?? "",
    nameOf(incident),
    ageOf(incident.beganAtMs, nowMs),
    excerptOf(incident.title, 120),
  ]);
  const [head = "", ...lines] = tableLines([["ID", "STATE", "SEVERITY", "INSTANCE", "BEGAN", "TITLE"], ...rows]);
  return [head, ...lines.flatMap((line, index) => [line, ...detailsOf(incidents[index])])];
}

function detailsOf(listed: ListedIncident | undefined): readonly string[] {
  const next = listed && nextStep(listed);
  if (!listed || next === undefined) return [];
  const { diagnosis, tickets } = listed;
  const facts = [
    ["cause", causeWords(diagnosis)],
    ["tickets", ticketWords(tickets)],
    ["next", next],
  ];
  return tableLines(facts).map((line) => `    ${line}`);
}

/** The most urgent by name with how many entities each affects; the others as a number. */
function ticketWords(tickets: readonly Ticket[]): string {
  const open = tickets.filter(({ state }) => state === "open");
  const named = (open.length > 0 ? open : tickets).slice(0, MOST_NAMED).map(({ invariant, on, affected }) => {
    return `${invariant} of ${on}${affected > 1 ? ` (${affected} entities)` : ""}`;
  });
  const more = (open.length > 0 ? open : tickets).length - named.length;
  return `${open.length} of ${tickets.length} open: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The answer first, then everything else about one incident: what was seen and done, and the evidence. */
export function renderIncident(view: IncidentView, { nowMs, columns }: IncidentOptions): readonly string[] {
  const { instance, tickets, diagnosis, investigation, actions, evidence } = view;
  const facts = [["Instance", titleOf(instance)], ...kinOf(view)];
  return [
    ...renderAnswer(view, { nowMs, columns }),
    "",
    ...tableLines(facts),
    "",
    "Timeline",
    ...indented(tableLines(timelineOf(view).map(({ atMs, who, text }) => [isoTime(atMs), who, text]))),
    "",
    "Tickets",
    ...indented(renderTickets(tickets, () => instance.name, nowMs)),
    ...(diagnosis ? renderDiagnosis(diagnosis) : []),
    ...(investigation ? renderInvestigation(investigation, nowMs) : []),
    ...(actions.length > 0 ? ["", "Actions", ...indented(renderActionRuns(actions, nowMs))] : []),
    ...renderEvidence(evidence, { columns, ...scopeOf(view) }),
  ];
}

/** The incidents that it comes from, belongs to, or stands for. */
export function kinOf({
  incident: { splitFrom, linkedTo, mergedInto, closing },
  linked,
}: IncidentView): readonly (readonly string[])[] {
  return [
    ...(splitFrom === undefined ? [] : [["Split from", `incident ${splitFrom}`]]),
    ...(linkedTo === undefined ? [] : [["Linked to", `incident ${linkedTo}, which has its cause`]]),
    ...(mergedInto === undefined ? [] : [["Merged into", `incident ${mergedInto}`]]),
    ...linked.map(({ id, state, title }) => ["Linked", `incident ${id} (${state}): ${excerptOf(title, 120)}`]),
    ...(closing?.remains === undefined ? [] : [["Still there", excerptOf(closing.remains.join("; "), 500)]]),
  ];
}
