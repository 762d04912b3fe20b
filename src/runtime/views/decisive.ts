/** What shows best what was wrong in an incident, and when: the series of its tickets, and their verdicts over the same time. */

import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import type { Hypothesis } from "../../core/diagnosis/hypothesis.ts";
import type { Measure } from "../../core/subject/invariant.ts";
import type { Signal } from "../../core/system/picture.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { Symptom } from "../../core/words/symptom.ts";
import type { Verdict } from "../../core/words/verdict.ts";
import type { Database, Span } from "../../database/mod.ts";
import type { Chart } from "./charts.ts";

/** The decisive series and the verdicts, over one time. */
export interface DecisiveView {
  readonly span: Span;
  /** Absent if no series shows what is wrong. */
  readonly chart?: DecisiveChart;
  /** Other series on which claims and tickets rest; a few at most. */
  readonly cited: readonly DecisiveChart[];
  /** Of the most urgent tickets. */
  readonly verdicts: readonly VerdictHistory[];
}

/** A series with its threshold, if it has one. */
export interface DecisiveChart extends Chart {
  /** In the unit of the series. */
  readonly limit?: number;
}

/** The verdicts of a ticket's main entity since the beginning of the range. */
export interface VerdictHistory {
  readonly invariant: string;
  readonly on: ComponentId;
  /** Oldest first. */
  readonly changes: readonly { readonly atMs: number; readonly verdict: Verdict }[];
}

/** The incident, and its tickets and claims. */
export interface DecisiveOf {
  readonly incident: Incident;
  /** The most urgent first. */
  readonly tickets: readonly Ticket[];
  readonly diagnosis?: Diagnosis | undefined;
  /** By invariant. */
  readonly measures: ReadonlyMap<string, Measure>;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** Shown before it began, and after it ended. */
const LEAD_MS = 60_000;
const AFTER_MS = 15_000;
/** A long incident is shown with a longer time before it. */
const LEAD_RATIO = 0.25;
const MOST_VERDICTS = 3;
const MOST_CITED = 5;

/** Reads it. */
export function decisiveView(database: Database, of: DecisiveOf): DecisiveView {
  const { incident, tickets, measures, nowMs } = of;
  const toMs = Math.min(nowMs, (incident.resolvedAtMs ?? nowMs) + AFTER_MS);
  const leadMs = Math.max(LEAD_MS, LEAD_RATIO * (toMs - incident.beganAtMs));
  const span = { fromMs: incident.beganAtMs - leadMs, toMs };
  const [first, ...others] = tickets;
  const chart =
    (first && measured(database, first, { measures, span })) ??
    claimed(database, of, span) ??
    telling(database, of, span) ??
    others.map((ticket) => measured(database, ticket, { measures, span })).find((one) => one !== undefined);
  return {
    span,
    cited: citedBeside(chart, database, { ...of, span }),
    verdicts: tickets.slice(0, MOST_VERDICTS).map((ticket) => verdictsOf(database, ticket, span)),
    ...(chart && { chart }),
  };
}

/** The series of a ticket. */
function measured(database: Database, ticket: Ticket, { measures, span }: Measured): DecisiveChart | undefined {
  const { instance, invariant, on } = ticket;
  const measure = measures.get(invariant);
  const charts = (measure?.series ?? []).flatMap((metric) =>
    chartsOf(database, { instance, metric, labels: { component: on } }, span),
  );
  // With several series, the worst one.
  const [worst] = charts.toSorted((a, b) => peakOf(b) - peakOf(a));
  const limit = measure && worst ? limitOf(ticket, measure, worst.kind.unit) : undefined;
  return worst && { ...worst, ...(limit !== undefined && { limit }) };
}

interface Measured extends Pick<DecisiveOf, "measures"> {
  readonly span: Span;
}

/** The series by which the cause was identified. */
function claimed(database: Database, { diagnosis, incident: { instance } }: DecisiveOf, span: Span) {
  const claims = (diagnosis?.cause?.claims ?? []).filter(({ side, outcome }) => side === "for" && outcome === "true");
  return chartsOfClaims(database, instance, { claims, span })[0];
}

/** The series of each ticket, then those of claims of the cause or of a second opinion; each series once. */
function citedBeside(
  chart: DecisiveChart | undefined,
  database: Database,
  { tickets, measures, diagnosis, incident: { instance }, span }: DecisiveOf & Measured,
): readonly DecisiveChart[] {
  const byTickets = tickets.flatMap((ticket) => measured(database, ticket, { measures, span }) ?? []);
  const claims = [...(diagnosis?.cause?.claims ?? []), ...(diagnosis?.secondOpinion?.cause?.claims ?? [])];
  const all = [...byTickets, ...chartsOfClaims(database, instance, { claims, span })];
  const byName = new Map(all.toReversed().map((one) => [nameOf(one), one]));
  if (chart) byName.delete(nameOf(chart));
  return [...byName.values()].toReversed().slice(0, MOST_CITED);
}

function chartsOfClaims(
  database: Database,
  instance: number,
  { claims, span }: { readonly claims: Hypothesis["claims"]; readonly span: Span },
): readonly Chart[] {
  return claims.flatMap(({ predicate }) => {
    if (!("metric" in predicate)) return [];
    const { metric, labels } = predicate;
    return chartsOf(database, { instance, metric, labels }, span);
  });
}

function nameOf({ window: { metric, labels } }: Chart): string {
  return JSON.stringify([metric, Object.entries(labels).toSorted(([a], [b]) => a.localeCompare(b))]);
}

/** The first series of the most urgent ticket's component with a signal of the ticket's symptom. */
function telling(database: Database, { tickets }: DecisiveOf, span: Span): DecisiveChart | undefined {
  for (const { symptom, on, instance } of tickets) {
    const kinds = [...database.pictures.kinds(instance).values()];
    const signals = symptom === undefined ? [] : (SIGNS_OF[symptom] ?? []);
    for (const metric of signals.flatMap((signal) => kinds.filter((kind) => kind.signal === signal))) {
      const [chart] = chartsOf(database, { instance, metric: metric.name, labels: { component: on } }, span);
      if (chart) return chart;
    }
  }
  return undefined;
}

/** Signals that show each symptom, the plainest first; without any, no series shows it. */
const SIGNS_OF: Readonly<Partial<Record<Symptom, readonly Signal[]>>> = {
  unreachable: ["traffic", "error"],
  slow: ["latency", "network"],
  errors: ["error", "traffic"],
  load: ["traffic"],
  resource: ["memory", "io", "cpu"],
};

interface Wanted {
  readonly instance: number;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
}

function chartsOf(
  { pictures, samples }: Database,
  { instance, metric, labels }: Wanted,
  { fromMs, toMs }: Span,
): readonly Chart[] {
  const kind = pictures.kinds(instance).get(metric);
  if (!kind) return [];
  return samples
    .query(instance, { metric, labels, windowMs: toMs - fromMs, endMs: toMs })
    .filter(({ points }) => points.length > 1)
    .map((window) => ({ kind, window }));
}

function peakOf({ window }: Chart): number {
  return Math.max(...window.points.map(({ value }) => value));
}

/** Figures end in their unit: milliseconds are converted to the seconds of a series. */
function limitOf({ figures }: Ticket, { limit }: Measure, unit: string): number | undefined {
  const value = limit === undefined ? undefined : figures[limit];
  if (typeof value !== "number") return undefined;
  return unit === "seconds" && limit?.endsWith("Ms") ? value / 1000 : value;
}

function verdictsOf({ events }: Database, ticket: Ticket, span: Span): VerdictHistory {
  const { instance, invariant, on, entity, resolvedAtMs } = ticket;
  const own = events
    .between(instance, { fromMs: span.fromMs, toMs: span.toMs })
    .filter((event) => event.invariant === invariant && event.of === entity);
  const changes = own.flatMap(({ atMs, said }) => (said ? [{ atMs, verdict: said.to }] : []));
  const first = own[0]?.said?.from;
  // An entity that is gone permanently was last seen violated.
  const isGone = resolvedAtMs !== undefined && changes.at(-1)?.verdict === "violated";
  return {
    invariant,
    on,
    changes: [
      ...(first ? [{ atMs: span.fromMs, verdict: first }] : []),
      ...changes,
      ...(isGone ? [{ atMs: resolvedAtMs, verdict: "unknown" as const }] : []),
    ],
  };
}
