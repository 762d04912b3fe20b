/** All that is on record of one incident. */

import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import type { Hypothesis } from "../../core/diagnosis/hypothesis.ts";
import {
  addSpending,
  type Investigation,
  type InvestigationStep,
  NOTHING_SPENT,
  type Spending,
} from "../../core/diagnosis/investigation.ts";
import { isCauseOver } from "../../core/diagnosis/over.ts";
import { mostUrgentFirst } from "../../core/tickets/headline.ts";
import type { Incident, IncidentTransition } from "../../core/tickets/incident.ts";
import type { Ticket, TicketTransition } from "../../core/tickets/ticket.ts";
import type { Instance } from "../../core/words/instance.ts";
import type { Database } from "../../database/mod.ts";
import { instanceOf } from "../instances.ts";
import { loadSubject, subjectIds } from "../subjects/subjects.ts";
import { type ActionRunView, actionRunView } from "./action-run.ts";
import { type DecisiveOf, type DecisiveView, decisiveView } from "./decisive.ts";
import { type EvidenceView, evidenceView } from "./evidence.ts";
import { earlierDiagnoses, linksOf, presentDiagnoses, presentDiagnosis } from "./lists.ts";
import { type SafetyView, safetyView } from "./safety.ts";
import { withSecondOpinion } from "./second-opinion.ts";

/** One incident: what happened, why, and what was done. */
export interface IncidentView {
  readonly incident: Incident;
  readonly instance: Instance;
  /** Those by which the cause was found, then the most urgent first. */
  readonly tickets: readonly Ticket[];
  readonly transitions: readonly IncidentTransition[];
  /** What happened to its tickets, each oldest first. */
  readonly ticketHistory: readonly TicketTransition[];
  /** Unresolved linked incidents with the same cause, shown under it. */
  readonly linked: readonly Incident[];
  /** The newest diagnosis, with that of another engine; absent without an investigation. */
  readonly diagnosis?: Diagnosis;
  /** Whether that cause is over, while something that came of it is left. */
  readonly isOver?: boolean;
  /** Earlier diagnoses that confirmed another cause. */
  readonly earlier: readonly Diagnosis[];
  /** The newest investigation; absent if there was none. */
  readonly investigation?: InvestigationView;
  readonly actions: readonly ActionRunView[];
  readonly safety: SafetyView;
  readonly evidence: EvidenceView;
  readonly decisive: DecisiveView;
}

/** The newest investigation of an incident with its steps. */
export interface InvestigationView extends Investigation {
  readonly steps: readonly InvestigationStep[];
  /** How many investigations of the incident there were, this one included. */
  readonly count: number;
  /** Total spent by all of them. */
  readonly total: Spending;
}

/** Reads one incident; `undefined` if there is none of that number. */
export async function incidentView(database: Database, id: number, nowMs: number): Promise<IncidentView | undefined> {
  const incident = database.incidents.get(id);
  if (!incident) return undefined;
  const filed = database.incidents.tickets(id);
  const present = presentDiagnosis(database, id);
  const diagnosis = present && withSecondOpinion(present, presentDiagnoses(database.incidents, id));
  const links = linksOf(database, incident.instance, nowMs);
  const urgent = mostUrgentFirst(filed, { links, cause: diagnosis?.cause?.component });
  const tickets = tellingFirst(urgent, diagnosis?.cause);
  const investigation = newestInvestigation(database, id);
  const transitions = database.incidents.transitions(id);
  const [frozen] = filed.flatMap((ticket) => ticket.evidence ?? []);
  const instance = instanceOf(database, incident);
  const evidence = evidenceView(database, { ...incident, evidence: frozen }, nowMs);
  const measures = await measuresOf(instance.subject);
  return {
    incident,
    instance,
    tickets,
    transitions,
    ticketHistory: tickets.flatMap((ticket) => database.tickets.transitions(ticket.id)),
    linked: database.incidents
      .list({ instance: incident.instance, unresolved: true })
      .filter(({ linkedTo }) => linkedTo === id),
    actions: database.actionRuns.list({ incident: id }).map((run) => actionRunView(database, run, nowMs)),
    safety: safetyView(database, incident.instance),
    earlier: earlierDiagnoses(database, id),
    evidence,
    decisive: decisiveView(database, { incident, tickets, diagnosis, measures, nowMs }),
    ...(diagnosis && { diagnosis, isOver: isCauseOver(transitions) }),
    ...(investigation && { investigation }),
  };
}

/** Among tickets in the same state, those by which the cause was found come first. */
function tellingFirst(tickets: readonly Ticket[], cause: Hypothesis | undefined): readonly Ticket[] {
  const cited = new Set(
    (cause?.claims ?? []).flatMap(({ predicate }) => (predicate.kind === "verdict-is" ? [predicate.invariant] : [])),
  );
  return tickets.toSorted(
    (a, b) =>
      Number(a.state === "resolved") - Number(b.state === "resolved") ||
      Number(cited.has(b.invariant)) - Number(cited.has(a.invariant)),
  );
}

/** What its invariants go by; nothing of a subject that this operator does not know. */
async function measuresOf(subject: string): Promise<DecisiveOf["measures"]> {
  if (!subjectIds().includes(subject)) return new Map();
  const { invariants } = await loadSubject(subject);
  return new Map(invariants.flatMap(({ id, measure }) => (measure ? [[id, measure] as const] : [])));
}

function newestInvestigation({ investigations }: Database, incident: number): InvestigationView | undefined {
  const all = investigations.list(incident);
  const newest = all.at(-1);
  const total = all.map(({ spent }) => spent).reduce(addSpending, NOTHING_SPENT);
  return newest && { ...newest, steps: investigations.steps(newest.id), count: all.length, total };
}
