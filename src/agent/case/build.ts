/** Builds the case of an incident by code, from the database and from a look that has just been taken. */

import type { Checkup, InvariantJudgement } from "../../core/subject/checkup.ts";
import type { InvariantInfo, Subject } from "../../core/subject/subject.ts";
import type { Picture } from "../../core/system/picture.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import { isObject } from "../../core/text/parse.ts";
import { redactJson } from "../../core/text/redaction.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import { OWN_INVARIANTS } from "../../core/tickets/own-invariants.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import { type EntityId, isComponentId } from "../../core/words/ids.ts";
import type { AuditRow, Database, FrozenEvidence } from "../../database/mod.ts";
import { CASE_VERSION, type Case, type CaseChange, type CaseTicket, type PastIncident, parseCase } from "./case.ts";
import { touchedBy } from "./evidence.ts";
import { historyOf, LOOK_BACK_MS } from "./history.ts";
import { readSeriesTable } from "./series-table.ts";

/** Whose case it is. */
export interface CaseSubject extends Pick<Subject, "id" | "description" | "vocabulary"> {
  readonly invariants: readonly InvariantInfo[];
}

/** What a case is built from. */
export interface CaseSources {
  readonly database: Database;
  readonly subject: CaseSubject;
}

const MOST_JUDGEMENTS = 2000;
/** Entities of one ticket that are listed, the worst first. */
const MOST_AFFECTED = 20;
const MOST_PAST = 10;
/** Past incidents that are compared with this one. */
const MOST_COMPARED = 40;
const MOST_AUDITED = 200;
/** What an agent only thought of has changed nothing. */
const NO_CHANGE: ReadonlySet<string> = new Set(["action-proposed", "action-rejected"]);
const CHANGES: ReadonlySet<string> = new Set(["restarted", "reconfigured", "upgraded"]);

/** Gathers everything that is on record of an incident, without its secrets. */
export function buildCase(recorded: Incident, now: Checkup, sources: CaseSources): Case {
  const { database, subject } = sources;
  const tickets = database.incidents.tickets(recorded.id);
  const incident = { ...recorded, beganAtMs: presentBeginning(recorded, tickets, database) };
  const { id, title, beganAtMs, openedAtMs } = incident;
  const components = new Set(tickets.map(({ on }) => on));
  const { events, wellAtMs, picture: pictureBefore } = historyOf({ ...incident, components }, now, database);
  const frozen = frozenOf(tickets, database);
  const ticketed = tickets.map((ticket) => ticketOf(ticket, database));
  const touched = touchedBy({ tickets: ticketed, topology: now.topology, picture: now.picture });
  const gathered = {
    version: CASE_VERSION,
    atMs: now.picture.atMs,
    subject: { id: subject.id, description: subject.description, vocabulary: subject.vocabulary },
    instance: database.instances.get(incident.instance)?.name ?? "",
    incident: { id, title, beganAtMs, openedAtMs },
    tickets: ticketed,
    invariants: [...subject.invariants, ...OWN_INVARIANTS],
    topology: now.topology,
    picture: finite(now.picture),
    judgements: worthKeeping(now.judgements, touched),
    sources: now.sources,
    ...(pictureBefore && { pictureBefore: finite(pictureBefore), wellAtMs }),
    events,
    series: { atMs: [], rows: [] },
    changes: [...events.filter(({ event }) => CHANGES.has(event)).map(changeOf), ...auditedChanges(incident, database)],
    logs: newestOf(
      frozen.map(({ logs }) => logs),
      ({ component }) => component,
    ),
    inspections: newestOf(
      frozen.map(({ inspections = [] }) => inspections),
      ({ component, id }) => `${component} ${id}`,
    ),
    past: pastOf(incident, tickets, database),
  };
  const built = parseCase(JSON.parse(JSON.stringify(redactJson(gathered))));
  const series = readSeriesTable(database, {
    instance: incident.instance,
    beganAtMs,
    atMs: now.picture.atMs,
    touched,
    componentCount: now.picture.components.length,
  });
  return { ...built, series };
}

/** When it began; of an incident that was reopened, when what is open now began: what came and went before is past. */
function presentBeginning({ id, beganAtMs }: Incident, tickets: readonly Ticket[], { incidents }: Database): number {
  if (!incidents.transitions(id).some(({ from }) => from === "resolved")) return beganAtMs;
  const open = tickets.filter(({ state }) => state === "open");
  return open.length === 0 ? beganAtMs : Math.min(...open.map(({ firstViolatedAtMs }) => firstViolatedAtMs));
}

function ticketOf(ticket: Ticket, { tickets }: Database): CaseTicket {
  const { id, invariant, on, severity, state, problem, summary, affected, firstViolatedAtMs, openedAtMs } = ticket;
  const listed = tickets.entities(id, { limit: MOST_AFFECTED }).map(({ entity }) => entity);
  return {
    id,
    invariant,
    on,
    affected: listed,
    ...(affected > listed.length && { moreAffected: affected - listed.length }),
    severity,
    state,
    reason: problem.reason,
    summary,
    violatedSinceMs: firstViolatedAtMs,
    openedAtMs,
  };
}

/** All of them where they are not too many; else what does not hold first, then what is said of components that are touched. */
function worthKeeping(
  judgements: readonly InvariantJudgement[],
  touched: ReadonlySet<EntityId>,
): readonly InvariantJudgement[] {
  if (judgements.length <= MOST_JUDGEMENTS) return judgements;
  const worth = ({ verdict, on }: InvariantJudgement): number =>
    Number(verdict === "holds") * 2 + Number(!touched.has(on));
  return judgements.toSorted((a, b) => worth(a) - worth(b)).slice(0, MOST_JUDGEMENTS);
}

/** Plain data has no value for what is no number. */
function finite(picture: Picture): Picture {
  return { ...picture, series: picture.series.filter(({ value }) => Number.isFinite(value)) };
}

function frozenOf(tickets: readonly Ticket[], { evidence }: Database): readonly FrozenEvidence[] {
  const ids = [...new Set(tickets.flatMap((ticket) => ticket.evidence ?? []))].toSorted((a, b) => b - a);
  return ids.flatMap((id) => evidence.get(id) ?? []);
}

/** Of lists that are ordered newest first, the first of each name. */
function newestOf<Item>(lists: readonly (readonly Item[])[], nameOf: (item: Item) => string): readonly Item[] {
  const newest = new Map<string, Item>();
  for (const item of lists.flat()) if (!newest.has(nameOf(item))) newest.set(nameOf(item), item);
  return [...newest.values()];
}

function changeOf({ atMs, of, summary }: { readonly atMs: number; readonly of: string; readonly summary: string }) {
  return { atMs, component: of, summary };
}

/** What people and the executor have done to this instance. */
function auditedChanges({ instance, beganAtMs }: Incident, { audit }: Database): readonly CaseChange[] {
  const rows = audit.list(Math.max(0, audit.head().id - MOST_AUDITED), MOST_AUDITED);
  return rows
    .filter(
      ({ event, atMs, instance: of }) => of === instance && atMs >= beganAtMs - LOOK_BACK_MS && !NO_CHANGE.has(event),
    )
    .map(auditedChange);
}

function auditedChange({ atMs, actor, event, detail }: AuditRow): CaseChange {
  const input = isObject(detail) ? detail["input"] : undefined;
  const component = isObject(input) ? input["component"] : undefined;
  const isNamed = typeof component === "string" && isComponentId(component);
  const summary = `${event}: ${excerptOf(JSON.stringify(detail))}`;
  return { atMs, ...(isNamed && { component }), summary, by: actor };
}

/** The newest, and those of the same shape that lie further back. */
function pastOf(
  { id, instance }: Incident,
  tickets: readonly Ticket[],
  { incidents }: Database,
): readonly PastIncident[] {
  const shape = shapeOf(tickets);
  const compared = incidents
    .list({ instance, limit: MOST_COMPARED + 1 })
    .filter((past) => past.id !== id && past.state === "resolved")
    .map((past) => ({ past, alikeRatio: sharedRatio(shape, shapeOf(incidents.tickets(past.id))) }));
  const older = compared.slice(MOST_PAST).filter(({ alikeRatio }) => alikeRatio === 1);
  return [...compared.slice(0, MOST_PAST), ...older.slice(0, MOST_PAST)].map(({ past, alikeRatio }) => {
    const { id, title, beganAtMs, resolvedAtMs, outcome } = past;
    const cause = incidents.diagnoses(id).findLast(({ cause }) => cause)?.cause;
    return {
      id,
      title,
      beganAtMs,
      ...(resolvedAtMs !== undefined && { resolvedAtMs }),
      ...(outcome !== undefined && { outcome }),
      alikeRatio,
      ...(cause && { cause: { component: cause.component, mechanism: cause.mechanism, summary: cause.summary } }),
    };
  });
}

/** What an incident looks like, whichever of several like components it strikes. */
function shapeOf(tickets: readonly Ticket[]): ReadonlySet<string> {
  return new Set(tickets.map(({ invariant, on }) => `${invariant} ${on.split("/")[0]}`));
}

function sharedRatio(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const all = one.union(other).size;
  return all === 0 ? 0 : one.intersection(other).size / all;
}
