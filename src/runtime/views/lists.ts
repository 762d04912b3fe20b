/** Tickets and incidents as lists show them: filters must name something that exists, and the most urgent rows come first. */

import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import { isCauseOver } from "../../core/diagnosis/over.ts";
import { InvalidInputError } from "../../core/text/errors.ts";
import { withSuggestion } from "../../core/text/suggest.ts";
import { mostUrgentFirst, type Nearness, SEVERITIES } from "../../core/tickets/headline.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import { OWN_INVARIANTS } from "../../core/tickets/own-invariants.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import type { Instance } from "../../core/words/instance.ts";
import type { Database, TicketFilter } from "../../database/mod.ts";
import { loadSubject, subjectIds } from "../subjects/subjects.ts";
import { type ActionRunView, actionRunView } from "./action-run.ts";

/** An incident as a list shows it. */
export interface ListedIncident {
  readonly incident: Incident;
  /** The most urgent first. */
  readonly tickets: readonly Ticket[];
  /** The newest one. */
  readonly diagnosis?: Diagnosis;
  /** Whether its cause is over, while something that came of it is left. */
  readonly isOver?: boolean;
  readonly actions: readonly ActionRunView[];
  /** Whether the kill switch is in force. */
  readonly halted?: boolean;
}

/** The instances and the time of a list. */
interface Scope {
  readonly instances: readonly Instance[];
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/**
 * The tickets that are wanted: by severity, then by nearness to their cause, then by age.
 * @throws {InvalidInputError} If a named invariant or component does not exist.
 */
export async function listedTickets(
  database: Database,
  { instances, nowMs }: Scope,
  filter: Omit<TicketFilter, "instance">,
): Promise<readonly Ticket[]> {
  const { invariant, component } = filter;
  if (invariant !== undefined) mustBeOneOf(await invariantsOf(database, instances), invariant, "invariant");
  if (component !== undefined) mustBeOneOf(componentsOf(database, instances, nowMs), component, "component");
  const ranked = instances.flatMap((instance) => {
    const tickets = database.tickets.list({ ...filter, instance: instance.id });
    return rankedTickets(database, instance.id, { tickets, nowMs });
  });
  return ranked
    .toSorted(
      bySeverity(
        ({ ticket }) => ticket,
        (a, b) => a.rank - b.rank,
      ),
    )
    .map(({ ticket }) => ticket);
}

/** Incidents: unresolved ones first, by the severity of their open tickets and then by age; what is linked below its cause. */
export function listedIncidents(
  database: Database,
  { instances, nowMs }: Scope,
  filter: { readonly unresolved: boolean; readonly limit: number },
): readonly ListedIncident[] {
  const halted = database.safety.halted() !== undefined;
  const listed = instances.flatMap(({ id: instance }) => {
    const links = linksOf(database, instance, nowMs);
    return database.incidents.list({ ...filter, instance }).map((incident): ListedIncident => {
      const diagnosis = presentDiagnosis(database, incident.id);
      return {
        incident,
        halted,
        tickets: mostUrgentFirst(database.incidents.tickets(incident.id), {
          links,
          cause: diagnosis?.cause?.component,
        }),
        actions: database.actionRuns.list({ incident: incident.id }).map((run) => actionRunView(database, run, nowMs)),
        ...(diagnosis && { diagnosis, isOver: isCauseOver(database.incidents.transitions(incident.id)) }),
      };
    });
  });
  return underTheirCause(listed.toSorted(byUrgency));
}

/**
 * The newest diagnosis; of an incident that was reopened, only one made since: what was found before is of what is
 * over. What has recovered shows no cause any more, so of an incident that is resolved it is the last in which one was
 * confirmed.
 */
export function presentDiagnosis({ incidents }: Pick<Database, "incidents">, id: number): Diagnosis | undefined {
  const present = presentDiagnoses(incidents, id);
  const newest = present.at(-1);
  if (newest?.cause || incidents.get(id)?.state !== "resolved") return newest;
  return present.findLast(({ cause }) => cause?.verdict === "confirmed") ?? newest;
}

/** Diagnoses before the present one that confirmed another cause, each cause once, oldest first. */
export function earlierDiagnoses({ incidents }: Pick<Database, "incidents">, id: number): readonly Diagnosis[] {
  const present = presentDiagnosis({ incidents }, id);
  const confirmed = presentDiagnoses(incidents, id).filter(({ cause }) => cause?.verdict === "confirmed");
  const byCause = new Map(confirmed.map((one) => [causeOf(one), one]));
  if (present) byCause.delete(causeOf(present));
  return [...byCause.values()].toSorted((a, b) => a.atMs - b.atMs);
}

function causeOf({ cause }: Diagnosis): string {
  return `${cause?.mechanism} ${cause?.component}`;
}

/** All diagnoses of an incident, oldest first; of one that was reopened, only those made since. */
export function presentDiagnoses(incidents: Database["incidents"], id: number): readonly Diagnosis[] {
  const reopened = incidents.transitions(id).findLast(({ from, to }) => from === "resolved" && to !== "resolved");
  return incidents.diagnoses(id).filter(({ atMs }) => reopened === undefined || atMs >= reopened.atMs);
}

/** The severity of an incident: that of its worst ticket that is open, or was. */
export function severityOf({ tickets }: Pick<ListedIncident, "tickets">): Ticket["severity"] | undefined {
  return (tickets.find(({ state }) => state === "open") ?? tickets[0])?.severity;
}

/** The links by which nearness is measured. */
export function linksOf({ pictures }: Database, instance: number, nowMs: number): Nearness["links"] {
  return pictures.at(instance, nowMs)?.links ?? [];
}

interface Ranked {
  readonly ticket: Ticket;
  /** Rank within its incident, by nearness to the cause. */
  readonly rank: number;
}

function rankedTickets(
  database: Database,
  instance: number,
  { tickets, nowMs }: { readonly tickets: readonly Ticket[]; readonly nowMs: number },
): readonly Ranked[] {
  const links = linksOf(database, instance, nowMs);
  const causes = database.incidents.causes(instance);
  const incidents = new Map(database.incidents.openTickets(instance).map(({ id, incident }) => [id, incident]));
  const groups = Map.groupBy(tickets, ({ id }) => incidents.get(id));
  return [...groups].flatMap(([incident, group]) => {
    const cause = incident === undefined ? undefined : causes.get(incident)?.component;
    return mostUrgentFirst(group, { links, cause }).map((ticket, rank) => ({ ticket, rank }));
  });
}

/** Open before resolved, then by severity, then by what is said, then the oldest first. */
function bySeverity<T>(ticketOf: (item: T) => Ticket, then: (a: T, b: T) => number): (a: T, b: T) => number {
  return (one, other) => {
    const [a, b] = [ticketOf(one), ticketOf(other)];
    return (
      Number(a.state === "resolved") - Number(b.state === "resolved") ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      then(one, other) ||
      a.firstViolatedAtMs - b.firstViolatedAtMs ||
      a.id - b.id
    );
  };
}

function byUrgency(a: ListedIncident, b: ListedIncident): number {
  const [aDone, bDone] = [a, b].map(({ incident }) => incident.state === "resolved");
  if (aDone || bDone) return Number(aDone) - Number(bDone) || b.incident.id - a.incident.id;
  const rank = (one: ListedIncident): number => SEVERITIES.indexOf(severityOf(one) ?? "info");
  return rank(a) - rank(b) || a.incident.beganAtMs - b.incident.beganAtMs || a.incident.id - b.incident.id;
}

function underTheirCause(listed: readonly ListedIncident[]): readonly ListedIncident[] {
  const shown = new Set(listed.map(({ incident }) => incident.id));
  const below = Map.groupBy(listed, ({ incident: { linkedTo, state } }) =>
    state !== "resolved" && linkedTo !== undefined && shown.has(linkedTo) ? linkedTo : undefined,
  );
  return (below.get(undefined) ?? []).flatMap((one) => [one, ...(below.get(one.incident.id) ?? [])]);
}

async function invariantsOf(database: Database, instances: readonly Instance[]): Promise<ReadonlySet<string>> {
  const known = instances.length > 0 ? new Set(instances.map(({ subject }) => subject)) : new Set(subjectIds());
  const subjects = await Promise.all([...known.intersection(new Set(subjectIds()))].map(loadSubject));
  return new Set([
    ...subjects.flatMap(({ invariants }) => invariants.map(({ id }) => id)),
    ...OWN_INVARIANTS.map(({ id }) => id),
    ...instances.flatMap(({ id }) => database.tickets.list({ instance: id }).map((ticket) => ticket.invariant)),
  ]);
}

function componentsOf(database: Database, instances: readonly Instance[], nowMs: number): ReadonlySet<string> {
  return new Set(
    instances.flatMap(({ id: instance }) => [
      ...(database.pictures.at(instance, nowMs)?.components ?? []).map(({ id }) => id),
      ...database.tickets.list({ instance }).map(({ on }) => on),
    ]),
  );
}

/** Maximum of names listed in a refusal. */
const MOST_NAMES = 30;

function mustBeOneOf(known: ReadonlySet<string>, word: string, what: string): void {
  if (known.has(word)) return;
  const names = [...known].toSorted();
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
  const wanted =
    names.length === 0 ? "none is known yet" : `expected one of ${names.slice(0, MOST_NAMES).join(", ")}${more}`;
  throw new InvalidInputError(withSuggestion(`Cannot find ${what} "${word}", ${wanted}`, word, names));
}
