/** The agent: takes incidents under a lease, has an engine find the cause, and puts a proposal to the actions. */

import type { Conclusion } from "../core/diagnosis/diagnosis.ts";
import { freshEvidence } from "../core/diagnosis/fresh-evidence.ts";
import { contradictionOf } from "../core/diagnosis/hypothesis.ts";
import { overReason } from "../core/diagnosis/over.ts";
import { commandOf } from "../core/safety/action-command.ts";
import { type ActionRun, type Consideration, isTentative } from "../core/safety/action-run.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import { messageOf } from "../core/text/errors.ts";
import { entityKey } from "../core/tickets/entity-state.ts";
import type { Incident, IncidentState } from "../core/tickets/incident.ts";
import type { Actor } from "../core/words/actor.ts";
import { incidentLease } from "../core/words/lease.ts";
import { holdLease } from "../database/hold-lease.ts";
import type { Change } from "../database/mod.ts";
import { repeatEvery } from "../io/repeat-every.ts";
import { asItWas } from "./as-it-was.ts";
import { mayBeContradicted, needsAttention } from "./attention.ts";
import { assign, type InvestigationOptions, investigateAnyway } from "./investigate.ts";
import { outcomeOf } from "./outcome.ts";
import { type Outlived, outlived } from "./outlived.ts";

/** What the agent works with. */
export interface AgentOptions extends InvestigationOptions {
  /** Finds what would repair the cause, and alone turns it into a proposal. */
  readonly consider: (conclusion: Conclusion, now: Checkup) => Consideration;
  /** Why a proposed action does not begin by itself, in words; `undefined` where it is about to. @default it waits for a person */
  readonly whyItWaits?: (run: ActionRun) => string | undefined;
  readonly actor: Actor;
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
  const contradictionIn = contradictions({ ...options, signal });
  for (const { id } of database.incidents.list({ instance, unresolved: true }).toReversed()) {
    const contradiction = needsWork(id, options) ? undefined : await contradictionIn(id);
    if (contradiction === undefined && !needsWork(id, options)) continue;
    const investigated = await holdLease(incidentLease(id), holding, async (signal) => {
      if (contradiction === undefined && !needsWork(id, options)) return undefined;
      const took = await takeUp(id, { ...options, signal }, contradiction);
      return took ? database.incidents.get(id) : undefined;
    });
    if (investigated) return investigated;
  }
  return undefined;
}

/**
 * Investigates one incident now, whatever was found of it before, and answers its state afterwards; `undefined` where
 * another process works on it.
 */
export async function investigateOne(
  id: number,
  options: AgentOptions,
  signal: AbortSignal,
): Promise<Incident | undefined> {
  const { database, clock, actor: holder } = options;
  const holding = { leases: database.leases, clock, holder, signal };
  return await holdLease(incidentLease(id), holding, async (signal) => {
    const working = { ...options, signal };
    await escalating(id, working, async () => {
      await investigate(id, { now: await look(id, working), contradiction: undefined }, working);
    });
    return database.incidents.get(id);
  });
}

function needsWork(id: number, options: AgentOptions): boolean {
  const incident = options.database.incidents.get(id);
  return incident !== undefined && needsAttention(incident, options);
}

/** Tells what a look, one for all, shows against the causes of incidents that would otherwise be left alone for longer. */
function contradictions(options: Working): (incident: number) => Promise<string | undefined> {
  const { database, session, series, signal } = options;
  let seen: Promise<Checkup> | undefined;
  return async (id) => {
    const incident = database.incidents.get(id);
    if (!incident || !mayBeContradicted(incident, options)) return undefined;
    const cause = database.incidents.diagnoses(id).at(-1)?.cause;
    if (!cause) return undefined;
    try {
      seen ??= session.look({ signal });
      return contradictionOf(cause, await freshEvidence(cause, await seen, { series, signal }));
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  };
}

/** Whether there was anything to do: what has a diagnosis and has recovered since is left to the monitor. */
async function takeUp(id: number, options: Working, contradiction?: string): Promise<boolean> {
  return await escalating(id, options, async () => {
    const now = await look(id, options);
    if (hasRecovered(id, now, options)) return false;
    await investigate(id, { now, contradiction }, options);
    return true;
  });
}

/** What cannot be investigated is a person's, and is looked at again. */
async function escalating(id: number, options: Working, work: () => Promise<boolean | void>): Promise<boolean> {
  try {
    return (await work()) ?? true;
  } catch (error) {
    options.signal.throwIfAborted();
    if (options.database.incidents.get(id)?.state === "escalated") return false;
    move(id, options, { to: "escalated", reason: `Cannot investigate: ${messageOf(error)}` });
    return true;
  }
}

function hasRecovered(id: number, { judgements }: Checkup, { database }: Working): boolean {
  if (database.incidents.diagnoses(id).length === 0) return false;
  const healthy = new Set(judgements.filter(({ verdict }) => verdict === "holds").map(entityKey));
  return database.incidents
    .tickets(id)
    .every(
      ({ id, state, invariant }) =>
        state === "resolved" ||
        database.tickets
          .entities(id)
          .every(({ entity, leftAtMs }) => leftAtMs !== undefined || healthy.has(entityKey({ invariant, entity }))),
    );
}

interface Taken {
  readonly now: Checkup;
  readonly contradiction: string | undefined;
}

async function investigate(id: number, { now, contradiction }: Taken, options: Working): Promise<void> {
  const incident = options.database.incidents.get(id);
  if (!incident) throw new Error(`Cannot find incident ${id}: it is gone, expected it to stay`);
  const assignment = await assign(id, options);
  if (incident.state !== "investigating") {
    const { engine, because } = assignment;
    const whys = [because, contradiction && `the last cause does not hold, ${contradiction}`].filter(Boolean);
    const why = whys.length === 0 ? "" : `: ${whys.join("; ")}`;
    move(id, options, { to: "investigating", reason: `Investigating with ${engine.id}${why}` });
  }
  const past = asItWas(incident, now, options.database);
  const conclusion = await investigateAnyway(
    incident,
    { now: past ?? now, assignment, signal: options.signal },
    options,
  );
  if (past && conclusion.cause) recordOver(id, conclusion, options);
  else
    record(
      id,
      { now, conclusion, over: await outlived(incident, { now, conclusion, signal: options.signal }, options) },
      options,
    );
}

/** Nothing is proposed for what healed before it was diagnosed. */
function recordOver(id: number, conclusion: Conclusion, options: Working): void {
  options.database.transact(() => {
    options.database.incidents.addDiagnosis(id, { ...conclusion, suggestions: [] });
    move(id, options, { to: "diagnosed", reason: `${outcomeOf(conclusion)}; it was over before it was diagnosed` });
  });
}

/** A look of its own, so that what only one look has seen is told from what lasts. */
function look(id: number, { database, session, clock, signal }: Working): Promise<Checkup> {
  const tickets = database.incidents.tickets(id);
  const invariants = [...new Set(tickets.map(({ invariant }) => invariant))];
  const tracked = tickets.flatMap(({ id }) => database.tickets.entities(id).map(({ entity }) => entity));
  return session.look({ signal, begunAfterMs: clock.monotonic(), invariants, tracked });
}

interface Findings {
  readonly now: Checkup;
  readonly conclusion: Conclusion;
  /** The cause of before, where it is over. */
  readonly over: Outlived | undefined;
}

/** The diagnosis is on record before anything is proposed on its ground. */
function record(id: number, { now, conclusion, over }: Findings, options: Working): void {
  const { database, clock, actor } = options;
  if (over) return recordPast(id, over, options);
  const found = outcomeOf(conclusion);
  const { suggestions, ...considered } = options.consider(conclusion, now);
  database.transact(() => {
    database.incidents.addDiagnosis(id, { ...conclusion, suggestions: [...suggestions] });
    move(id, options, { to: "diagnosed", reason: found });
  });
  const pending = database.actionRuns.list({ incident: id, state: "pending" });
  const kept = pending.find((run) => !isRefuted(run, conclusion));
  const proposed = "proposed" in considered ? considered.proposed : undefined;
  const stays = kept && (!proposed || !outranks(proposed, kept));
  database.transactDurably(() => {
    for (const run of pending) if (!stays || run !== kept) supersede(run, options);
    if (stays) return awaitRun(id, { run: kept, said: `Action ${kept.id} is still pending` }, options);
    if ("refused" in considered) return move(id, options, { to: "escalated", reason: considered.refused });
    const change = { atMs: clock.now(), actor, reason: found };
    const run = propose(id, considered.proposed, { ...options, change });
    const others = considered.ruledOut.map(({ action, because }) => `; ${action} is ruled out: ${because}`);
    awaitRun(id, { run, said: `Proposed action ${run.id}: ${commandOf(run)}${others.join("")}` }, options);
  });
}

/** Only what a person must decide awaits approval; what is about to run is noted. */
function awaitRun(
  id: number,
  { run, said }: { readonly run: ActionRun; readonly said: string },
  options: Working,
): void {
  const { database, clock, actor, whyItWaits = () => "" } = options;
  const waits = whyItWaits(run);
  if (waits === undefined) return database.incidents.note(id, { atMs: clock.now(), actor, reason: said });
  move(id, options, { to: "awaiting-approval", reason: waits === "" ? said : `${said}; ${waits}` });
}

/** The cause stays on record as it was found. */
function recordPast(id: number, { cause, isViolated }: Outlived, options: Working): void {
  const { database } = options;
  database.transactDurably(() => {
    for (const run of database.actionRuns.list({ incident: id, state: "pending" })) supersede(run, options);
    move(id, options, { to: "diagnosed", reason: overReason(cause) });
    const left = isViolated ? "Violations remain" : "Nothing is violated, and not everything can be judged";
    move(id, options, { to: "escalated", reason: `${left} after ${cause.mechanism} of ${cause.component}` });
  });
}

/** Whether a newer diagnosis found something against the cause of a run. */
function isRefuted({ origin }: ActionRun, { options }: Conclusion): boolean {
  if (origin.kind !== "incident") return false;
  const { component, mechanism } = origin.cause;
  return options.some(
    (option) =>
      option.component === component &&
      option.mechanism === mechanism &&
      option.claims.some(({ side, outcome }) => side === "against" && outcome === "true"),
  );
}

/** Whether what is proposed takes the place of what waits: a confirmed cause does where the other is none, or is another one. */
function outranks({ cause, digest }: Proposed, waiting: ActionRun): boolean {
  const isConfirmed = cause.verdict === "confirmed";
  if (isTentative(waiting)) return isConfirmed || digest !== waiting.digest;
  return isConfirmed && digest !== waiting.digest;
}

type Proposed = Extract<Consideration, { readonly proposed: unknown }>["proposed"];

function propose(
  incident: number,
  { cause, ...planned }: Proposed,
  { database, instance, change }: Working & { readonly change: Change },
): ActionRun {
  const origin = { kind: "incident", incident, cause } as const;
  const run = database.actionRuns.add({ ...planned, ...change, instance, origin });
  const detail = { run: run.id, incident, action: planned.action, input: planned.input };
  database.audit.append({ ...change, instance, event: "action-proposed", detail });
  return run;
}

/** A wrong "likely" never blocks a right "confirmed". */
function supersede({ id: run, action }: ActionRun, { database, instance, clock, actor }: Working): void {
  const reason = "Withdrawn: replaced by a newer diagnosis";
  const atMs = clock.now();
  database.actionRuns.advance(run, { to: "cancelled", atMs, reason });
  database.audit.append({ atMs, actor, instance, event: "action-cancelled", detail: { run, action, reason } });
}

function move(id: number, { database, clock, actor }: Working, step: { to: IncidentState; reason: string }): void {
  database.incidents.move(id, { ...step, atMs: clock.now(), actor });
}
