/** Compares the operator's record with what a situation expects. Pure. */

import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import type { Hypothesis } from "../../core/diagnosis/hypothesis.ts";
import type { InvariantInfo } from "../../core/subject/subject.ts";
import { formatDurationMs } from "../../core/text/units.ts";
import { ticketRules } from "../../core/tickets/rules.ts";
import type { RecordedIncident, RecordedTicket, SituationRecord } from "./record.ts";
import { fixingRuns, judgeActions } from "./score-actions.ts";
import type { Expected, ExpectedCause } from "./situation.ts";

/** When what was done took effect, in epoch milliseconds by cause. */
export interface Marks {
  readonly began: ReadonlyMap<string, number>;
  /** From when a cause could be fixed, where that was later. */
  readonly fixable: ReadonlyMap<string, number>;
}

/** By which rules the operator worked. */
export interface ScoreRules {
  /** With the graces in force. */
  readonly invariants: readonly InvariantInfo[];
  /** Milliseconds between two looks. */
  readonly intervalMs: number;
}

/** What is scored. */
export interface Scored {
  readonly expected: Expected;
  readonly marks: Marks;
  readonly record: SituationRecord;
  readonly rules: ScoreRules;
  /** What `incidents show` says of each incident, one text. */
  readonly text: string;
}

/** The score of one cause; milliseconds since it began, or could be fixed. */
export interface CauseScore {
  readonly cause: string;
  readonly ticketMs?: number;
  readonly dueMs: number;
  /** The best answer that names it: the mechanism, component and verdict. */
  readonly named?: string;
  readonly namedMs?: number;
  readonly fixedMs?: number;
}

/** The score of a situation. */
export interface Score {
  readonly causes: readonly CauseScore[];
  readonly tickets: number;
  readonly incidents: number;
  /** Milliseconds, of the incident that took longest after its last judgement held again. */
  readonly closedMs?: number;
  /** Problems, one sentence each. */
  readonly problems: readonly string[];
}

/** Time for detection beyond signal lag, one interval and the grace. */
const TOLERANCE_MS = 1000;
/** Time for closing beyond the hold-down or the readings. */
const CLOSE_TOLERANCE_MS = 5000;

/** Scores it; without a problem everything was as it should be. */
export function scoreSituation(scored: Scored): Score {
  const { expected, record } = scored;
  const causes = expected.causes.map((cause) => scoreCause(cause, scored));
  const own = record.incidents.filter(({ incident }) => incident.linkedTo === undefined);
  const closing = record.incidents.map((one) => judgeClosing(one, scored.rules));
  const took = closing.flatMap(({ closedMs }) => closedMs ?? []);
  return {
    causes,
    tickets: record.tickets.length,
    incidents: own.length,
    ...(took.length > 0 && { closedMs: Math.max(...took) }),
    problems: [
      ...expected.causes.flatMap((cause, index) => problemsOf(cause, causes[index], scored)),
      ...judgeTickets(scored),
      ...judgeIncidents(own, expected),
      ...judgeDiagnoses(scored),
      ...judgeActions(scored),
      ...closing.flatMap(({ problem }) => problem ?? []),
    ],
  };
}

function scoreCause(cause: ExpectedCause, scored: Scored): CauseScore {
  const beganMs = scored.marks.began.get(cause.id) ?? 0;
  const { record } = scored;
  const seen = record.tickets
    .filter(({ ticket }) => cause.trips.includes(ticket.invariant))
    .flatMap(({ transitions }) => transitions)
    .filter(({ change, atMs }) => TELLS.has(change) && atMs >= beganMs)
    .map(({ atMs }) => atMs);
  const naming = diagnosesIn(record).filter(({ atMs, cause: said }) => atMs >= beganMs && said && isOf(said, cause));
  const best = naming.find(({ cause: said }) => said?.verdict === "confirmed") ?? naming[0];
  const [fixed] = fixingRuns(cause, scored);
  const fixableMs = scored.marks.fixable.get(cause.id) ?? beganMs;
  return {
    cause: cause.id,
    dueMs: dueMs(cause, scored.rules),
    ...(seen.length > 0 && { ticketMs: Math.min(...seen) - beganMs }),
    ...(best?.cause && { named: wordsOf(best.cause), namedMs: best.atMs - beganMs }),
    ...(fixed?.effectAtMs !== undefined && { fixedMs: fixed.effectAtMs - fixableMs }),
  };
}

/** Ticket changes that show a person a new or changed problem. */
const TELLS: ReadonlySet<string> = new Set(["opened", "reopened", "joined", "reason-changed"]);

/** Epoch milliseconds at which a cause must have a ticket; where it has not begun, now is late enough. */
export function detectionDueMs(cause: ExpectedCause, { began }: Marks, rules: ScoreRules): number {
  return (began.get(cause.id) ?? 0) + dueMs(cause, rules);
}

/** Signal lag, the pause between two readings, the grace as it is counted, and a second: of the slowest invariant that may show it. */
function dueMs({ trips, signalLagMs }: ExpectedCause, { invariants, intervalMs }: ScoreRules): number {
  const due = invariants
    .filter(({ id }) => trips.includes(id))
    .map(({ graceMs, everyMs }) => {
      return signalLagMs + Math.max(intervalMs, everyMs) + ticketRules({ graceMs, everyMs }).graceMs + TOLERANCE_MS;
    });
  return Math.max(...due, signalLagMs + intervalMs + TOLERANCE_MS);
}

function problemsOf(cause: ExpectedCause, score: CauseScore | undefined, scored: Scored): readonly string[] {
  const { id, components, mechanisms, trips, says = [], fixedBy, fixWithinMs = 20_000 } = cause;
  if (!scored.marks.began.has(id)) return [`${id}: did not begin`];
  const { ticketMs, dueMs: due = 0, named, fixedMs } = score ?? {};
  const problems: string[] = [];
  if (ticketMs === undefined && trips.length > 0) problems.push(`${id}: no ticket of ${trips.join(", ")}`);
  if (ticketMs !== undefined && ticketMs > due)
    problems.push(`${id}: ticket after ${seconds(ticketMs)}, due within ${seconds(due)}`);
  if (named === undefined) {
    const wanted = `${mechanisms.join(" or ")} of ${components.join(" or ")}`;
    problems.push(`${id}: not named as ${wanted}; said: ${saidIn(scored.record) || "nothing"}`);
  }
  for (const pattern of says.filter((one) => !one.test(scored.text))) {
    problems.push(`${id}: nothing says ${String(pattern)}`);
  }
  if (fixedBy.length > 0 && fixedMs === undefined) problems.push(`${id}: not fixed by ${fixedBy.join(" or ")}`);
  if (fixedMs !== undefined && fixedMs > fixWithinMs) {
    problems.push(`${id}: fixed after ${seconds(fixedMs)}, due within ${seconds(fixWithinMs)}`);
  }
  return problems;
}

function judgeTickets({ expected: { causes, mayTrip, mostTickets }, record: { tickets } }: Scored): readonly string[] {
  const allowed = new Set([...causes.flatMap(({ trips }) => trips), ...mayTrip]);
  const strays = tickets
    .filter(({ ticket, transitions }) => transitions.length > 0 && !allowed.has(ticket.invariant))
    .map(
      ({ ticket: { id, invariant, on, problem } }) =>
        `ticket ${id} is wrong: ${invariant} of ${on}: ${problem.summary}`,
    );
  const isMany = mostTickets !== undefined && tickets.length > mostTickets;
  return [...strays, ...(isMany ? [`${tickets.length} tickets, expected at most ${mostTickets}`] : [])];
}

function judgeIncidents(own: readonly RecordedIncident[], { causes, incidents }: Expected): readonly string[] {
  const [least, most] = incidents ?? [causes.length, causes.length];
  if (own.length >= least && own.length <= most) return [];
  const named = own.map(({ incident: { id, title } }) => `${id} (${title})`).join(", ");
  const wanted = least === most ? String(most) : `${least} to ${most}`;
  return [`${own.length} incidents, expected ${wanted}${named === "" ? "" : `: ${named}`}`];
}

/** A cause that is confirmed must be one of those that there are. */
function judgeDiagnoses({ expected: { causes }, record: { incidents } }: Scored): readonly string[] {
  const wrong = incidents.flatMap(({ incident, diagnoses }) =>
    diagnoses.flatMap(({ cause }) => {
      if (cause?.verdict !== "confirmed" || causes.some((one) => isOf(cause, one))) return [];
      return [`incident ${incident.id}: confirmed wrong: ${cause.mechanism} of ${cause.component}`];
    }),
  );
  return [...new Set(wrong)];
}

interface Closing {
  readonly closedMs?: number;
  readonly problem?: string;
}

function judgeClosing({ incident, tickets }: RecordedIncident, rules: ScoreRules): Closing {
  const held = tickets.flatMap(({ heldSinceMs }) => heldSinceMs ?? []);
  const allowedMs = Math.max(0, ...tickets.map((one) => holdingMs(one, rules))) + CLOSE_TOLERANCE_MS;
  const name = `incident ${incident.id} (${incident.title})`;
  if (incident.resolvedAtMs === undefined) return { problem: `${name} is not closed: it is ${incident.state}` };
  // Merged, or gone with its entities: nothing held again.
  if (held.length === 0) return {};
  const closedMs = incident.resolvedAtMs - Math.max(...held);
  const isLate = closedMs > allowedMs;
  return {
    closedMs,
    ...(isLate && {
      problem: `${name}: closed ${seconds(closedMs)} after the last judgement held, due within ${seconds(allowedMs)}`,
    }),
  };
}

/** How long a ticket's entities must hold: its hold-down, or the readings where these take longer. */
function holdingMs({ ticket }: RecordedTicket, { invariants, intervalMs }: ScoreRules): number {
  const { graceMs = 0, everyMs = 0 } = invariants.find(({ id }) => id === ticket.invariant) ?? {};
  const rules = ticketRules({ graceMs, everyMs });
  return Math.max(ticket.holdDownMs ?? rules.holdDownMs, rules.holdsToResolve * Math.max(intervalMs, everyMs));
}

function diagnosesIn({ incidents }: SituationRecord): readonly Diagnosis[] {
  return incidents.flatMap(({ diagnoses }) => diagnoses).toSorted((a, b) => a.atMs - b.atMs);
}

/** Causes named instead, each once. */
function saidIn(record: SituationRecord): string {
  const causes = diagnosesIn(record).map(({ cause }) => (cause ? wordsOf(cause) : "no cause"));
  return [...new Set(causes)].join(", ");
}

function wordsOf({ mechanism, component, verdict }: Hypothesis): string {
  return `${mechanism} of ${component} (${verdict})`;
}

function isOf(
  { component, mechanism, verdict }: Hypothesis,
  { components, mechanisms }: Pick<ExpectedCause, "components" | "mechanisms">,
): boolean {
  return verdict !== "inconclusive" && components.includes(component) && mechanisms.includes(mechanism);
}

function seconds(ms: number): string {
  return formatDurationMs(Math.round(ms / 100) * 100);
}
