/** The agent: takes incidents under a lease, has an engine find the cause, and puts a proposal to the actions. */

import type { Conclusion } from "../core/diagnosis/diagnosis.ts";
import { type Consideration, hasEnded } from "../core/safety/action-run.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import { messageOf } from "../core/text/errors.ts";
import { entityKey } from "../core/tickets/entity-state.ts";
import type { Incident, IncidentState } from "../core/tickets/incident.ts";
import type { Actor } from "../core/words/actor.ts";
import { incidentLease } from "../core/words/lease.ts";
import { holdLease } from "../database/hold-lease.ts";
import { repeatEvery } from "../io/repeat-every.ts";
import { assign, type InvestigationOptions, investigateIncident, outcomeOf } from "./investigate.ts";

const MAX_INVESTIGATIONS = 5;

/** What the agent works with. */
export interface AgentOptions extends InvestigationOptions {
  /** Finds what would repair the cause, and alone turns it into a proposal. */
  readonly consider: (conclusion: Conclusion, now: Checkup) => Consideration;
  readonly actor: Actor;
  /** Investigations of one incident before it is a person's. @default {5} */
  readonly maxInvestigations?: number;
  /** Milliseconds between two looks for incidents. @default {1000} */
  readonly investigateEveryMs?: number;
}

type Working = AgentOptions & { readonly signal: AbortSignal };

/** Investigates whatever there is until the signal aborts. A pass that fails is told and tried again. */
export function runAgent(options: AgentOptions, signal: AbortSignal): Promise<void> {
  const passes = { of: "agent", clock: options.clock, everyMs: options.investigateEveryMs ?? 1000 };
  return repeatEvery(() => investigateNext(options, signal), passes, signal);
}

/** Investigates the oldest incident that needs it and that nobody else has, and answers its state afterwards. */
export async function investigateNext(options: AgentOptions, signal: AbortSignal): Promise<Incident | undefined> {
  const { database, instance, clock, actor: holder } = options;
  const holding = { leases: database.leases, clock, holder, signal };
  for (const { id } of database.incidents.list({ instance, unresolved: true }).toReversed()) {
    if (!needsWork(id, options)) continue;
    const investigated = await holdLease(incidentLease(id), holding, async (signal) => {
      const took = needsWork(id, options) && (await takeUp(id, { ...options, signal }));
      return took ? database.incidents.get(id) : undefined;
    });
    if (investigated) return investigated;
  }
  return undefined;
}

/** Not what is in hand of a person, of the executor or of its own recovery. */
function needsWork(id: number, options: AgentOptions): boolean {
  const { database } = options;
  const { state, linkedTo } = database.incidents.get(id) ?? {};
  // What has the cause of another incident is looked at with that one.
  if (
    !state ||
    linkedTo !== undefined ||
    !database.incidents.tickets(id).some((ticket) => ticket.state === "open" && !ticket.held)
  )
    return false;
  if (state === "open" || state === "investigating") return true;
  if (state === "escalated") return hasNews(id, options);
  if (state !== "diagnosed" && state !== "awaiting-approval") return false;
  return !database.actionRuns.list({ incident: id }).some((run) => !hasEnded(run));
}

/** A person was called because nothing was found; what has been ticketed since may show it after all. */
function hasNews(id: number, { database, maxInvestigations = MAX_INVESTIGATIONS }: AgentOptions): boolean {
  const diagnoses = database.incidents.diagnoses(id);
  const newest = diagnoses.at(-1);
  if (!newest || newest.cause || diagnoses.length >= maxInvestigations) return false;
  return database.incidents.tickets(id).some(({ openedAtMs }) => openedAtMs > newest.atMs);
}

/** Whether there was anything to do: what has a diagnosis and has recovered since is left to the monitor. */
async function takeUp(id: number, options: Working): Promise<boolean> {
  try {
    const now = await look(id, options);
    if (hasRecovered(id, now, options)) return false;
    await investigate(id, now, options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (options.database.incidents.get(id)?.state === "escalated") return false;
    move(id, options, { to: "escalated", reason: `Cannot investigate: ${messageOf(error)}` });
  }
  return true;
}

function hasRecovered(id: number, { judgements }: Checkup, { database }: Working): boolean {
  if (database.incidents.diagnoses(id).length === 0) return false;
  const healthy = new Set(judgements.filter(({ verdict }) => verdict === "holds").map(entityKey));
  return database.incidents
    .tickets(id)
    .every((ticket) => ticket.state === "resolved" || healthy.has(entityKey(ticket)));
}

async function investigate(id: number, now: Checkup, options: Working): Promise<void> {
  const { database, maxInvestigations = MAX_INVESTIGATIONS } = options;
  const earlier = database.incidents.diagnoses(id).length;
  if (earlier >= maxInvestigations) return move(id, options, { to: "escalated", reason: `Diagnosed ${earlier} times` });
  const incident = database.incidents.get(id);
  if (!incident) throw new Error(`Cannot find incident ${id}: it is gone, expected it to stay`);
  const assignment = await assign(id, options);
  if (incident.state !== "investigating") {
    const { engine, because } = assignment;
    const why = because === undefined ? "" : `: ${because}`;
    move(id, options, { to: "investigating", reason: `Investigates by ${engine.id}${why}` });
  }
  const conclusion = await investigateIncident(incident, { now, assignment, signal: options.signal }, options);
  record(id, { now, conclusion }, options);
}

/** A look of its own, so that what only one look has seen is told from what lasts. */
function look(id: number, { database, session, clock, signal }: Working): Promise<Checkup> {
  const tickets = database.incidents.tickets(id);
  const invariants = [...new Set(tickets.map(({ invariant }) => invariant))];
  const tracked = tickets.map(({ entity }) => entity);
  return session.look({ signal, begunAfterMs: clock.monotonic(), invariants, tracked });
}

interface Findings {
  readonly now: Checkup;
  readonly conclusion: Conclusion;
}

/** The diagnosis is on record before anything is proposed on its ground. */
function record(id: number, { now, conclusion }: Findings, options: Working): void {
  const { database, instance, clock, actor } = options;
  const found = outcomeOf(conclusion);
  const { suggestions, ...considered } = options.consider(conclusion, now);
  database.transact(() => {
    database.incidents.addDiagnosis(id, { ...conclusion, suggestions: [...suggestions] });
    move(id, options, { to: "diagnosed", reason: found });
  });
  if ("refused" in considered) return move(id, options, { to: "escalated", reason: considered.refused });
  const { cause: fixed, ...planned } = considered.proposed;
  const change = { atMs: clock.now(), actor, reason: found };
  database.transactDurably(() => {
    const run = database.actionRuns.add({
      ...planned,
      ...change,
      instance,
      origin: { kind: "incident", incident: id, cause: fixed },
    });
    const detail = { run: run.id, incident: id, action: planned.action, input: planned.input };
    database.audit.append({ ...change, instance, event: "action-proposed", detail });
    move(id, options, { to: "awaiting-approval", reason: `Proposed ${planned.action}: ${planned.preview.sends}` });
  });
}

function move(id: number, { database, clock, actor }: Working, step: { to: IncidentState; reason: string }): void {
  database.incidents.move(id, { ...step, atMs: clock.now(), actor });
}
