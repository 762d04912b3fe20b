/** The recorded state of one instance, written by any process, so that every viewer sees the same. */

import type { Severity } from "../../core/subject/invariant.ts";
import { type EntityState, entityKey } from "../../core/tickets/entity-state.ts";
import { mostUrgentFirst, SEVERITIES } from "../../core/tickets/headline.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import { titleOf } from "../../core/words/instance.ts";
import type { CheckupRow, Database, SeriesKind } from "../../database/mod.ts";
import type { OpenSubject } from "../subjects/open-subject.ts";
import { type ActionRunView, actionRunView } from "./action-run.ts";
import { type Chart, wholeNames } from "./charts.ts";
import { type SafetyView, safetyView } from "./safety.ts";

/** The current state of an instance. */
export interface InstanceView {
  /** Its printed name. */
  readonly title: string;
  /** The newest one; absent before the first. */
  readonly checkup?: CheckupRow;
  readonly entityStates: readonly Pick<
    EntityState,
    "invariant" | "entity" | "verdict" | "verdictSinceMs" | "summary" | "ticketOn"
  >[];
  /** By invariant. */
  readonly severities: ReadonlyMap<string, Severity>;
  /** Those that are not resolved, the worst first. */
  readonly incidents: readonly Pick<Incident, "id" | "state" | "title">[];
  /** Those that are open, the worst first. */
  readonly tickets: readonly Pick<Ticket, "id" | "held" | "invariant" | "on" | "affected" | "problem">[];
  /** Its ladder, and a halt in force. */
  readonly safety: SafetyView;
  /** Those that wait, run or are being verified. */
  readonly actions: readonly ActionRunView[];
  /** Series that move. */
  readonly charts: readonly Chart[];
}

/** States of runs that have not finished. */
const UNDER_WAY = ["running", "verifying", "pending"] as const;

const CHARTS_PER_SIGNAL = 6;
const CHART_MS = 300_000;

/** Signals in display order, from effects on users to possible causes. */
const SHOWN_SIGNALS: readonly SeriesKind["signal"][] = ["traffic", "latency", "error"];

/** The last judgements by entity key: the database keeps the summary from when a reason was first given. */
export type SaidNow = ReadonlyMap<string, string>;

/** Reads how an instance stands; tickets speak of their worst entities as of the last look, and so does what was just seen. */
export function instanceView(
  { monitoring }: Pick<OpenSubject, "monitoring">,
  nowMs: number,
  seen: SaidNow = new Map(),
): InstanceView {
  const { database, instance, invariants } = monitoring;
  const checkup = database.checkups.latest(instance.id);
  const tickets = mostUrgentFirst(database.tickets.list({ instance: instance.id, state: "open" }), { links: [] });
  const said: SaidNow = new Map([...tickets.map((one) => [entityKey(one), one.summary] as const), ...seen]);
  return {
    title: titleOf(instance),
    ...(checkup && { checkup }),
    entityStates: database.entityStates.load(instance.id).map((state) => {
      const summary = state.verdict === "holds" ? undefined : said.get(entityKey(state));
      return summary === undefined ? state : { ...state, summary };
    }),
    severities: new Map(invariants.map(({ id, severity }) => [id, severity])),
    incidents: worstFirst(database, instance.id),
    tickets,
    safety: safetyView(database, instance.id),
    actions: UNDER_WAY.flatMap((state) => database.actionRuns.list({ instance: instance.id, state })).map((run) =>
      actionRunView(database, run, nowMs),
    ),
    charts: chartsOf(database, instance.id, nowMs),
  };
}

function worstFirst({ incidents }: Database, instance: number): readonly Incident[] {
  const tickets = Map.groupBy(incidents.openTickets(instance), ({ incident }) => incident);
  const rankOf = ({ id }: Incident): number =>
    Math.min(...(tickets.get(id) ?? []).map(({ severity }) => SEVERITIES.indexOf(severity)), SEVERITIES.length);
  return incidents
    .list({ instance, unresolved: true })
    .toSorted((a, b) => rankOf(a) - rankOf(b) || a.beganAtMs - b.beganAtMs || a.id - b.id);
}

function chartsOf(database: Database, instance: number, endMs: number): readonly Chart[] {
  const kinds = [...database.pictures.kinds(instance).values()];
  const windowsOf = (kind: SeriesKind): readonly Chart[] =>
    database.samples
      .query(instance, { metric: kind.name, windowMs: CHART_MS, endMs })
      .map((window) => ({ kind, window }));
  return SHOWN_SIGNALS.flatMap((signal) =>
    wholeNames(kinds.filter((kind) => kind.signal === signal).map(windowsOf), CHARTS_PER_SIGNAL),
  );
}
