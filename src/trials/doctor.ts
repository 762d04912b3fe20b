/**
 * The doctor's proof: each fault trips what it promises, in time, nothing beyond what it may trip, and healing clears
 * it. It reads both the journal's ground truth and the monitor's tickets, which only trials may do.
 */

import { type InjectContext, type Injected, inject } from "../chaos/inject.ts";
import type { GroundTruth } from "../core/subject/fault.ts";
import type { InvariantInfo } from "../core/subject/subject.ts";
import { messageOf } from "../core/text/errors.ts";
import { ticketRules } from "../core/tickets/rules.ts";
import type { Ticket, TicketTransition } from "../core/tickets/ticket.ts";
import type { Instance } from "../core/words/instance.ts";
import type { Database } from "../database/mod.ts";
import type { FaultInfo } from "../deployments/lab.ts";

/** The finding for one invariant under one fault. `missed`, `late` and `false` are problems. */
export type Finding = "promised" | "missed" | "late" | "allowed" | "false" | "quiet";

/** The result of trying one fault. */
export interface FaultTrial {
  readonly fault: string;
  readonly component: string;
  readonly findings: ReadonlyMap<string, Finding>;
  /** Milliseconds from the fault biting to the first ticket of each tripped invariant. */
  readonly detectedMs: ReadonlyMap<string, number>;
  /** The reason of the first ticket of each tripped invariant. */
  readonly reasons: ReadonlyMap<string, string>;
  /** Milliseconds within which each promised invariant must trip. */
  readonly dueMs: ReadonlyMap<string, number>;
  /** Milliseconds from healing until no ticket was open. */
  readonly clearedMs?: number;
  /** Problems, one sentence each. */
  readonly problems: readonly string[];
}

/** What the doctor works with: a monitored instance, traffic going, and the lab. */
export interface DoctorContext extends InjectContext {
  readonly database: Database;
  readonly instance: Instance;
  /** With the graces in force. */
  readonly invariants: readonly InvariantInfo[];
  /** Milliseconds between two checkups of the monitor that is running. */
  readonly intervalMs: number;
  readonly seed: number;
  /** Called before each fault, once everything holds. */
  readonly prepare?: (signal: AbortSignal) => Promise<void>;
  readonly patience?: Partial<Patience>;
}

/** Time limits. */
export interface Patience {
  /** Milliseconds for everything to hold before a fault. @default {120_000} */
  readonly healthyWithinMs: number;
  /** Milliseconds after its due time that a missing ticket is still waited for, to tell late from missed. @default {10_000} */
  readonly lateMs: number;
  /** Milliseconds for everything to hold after healing. @default {180_000} */
  readonly clearWithinMs: number;
}

/** Time for detection beyond signal lag, one interval and the grace. */
const TOLERANCE_MS = 1000;

/** By then, a default window of a minute no longer contains earlier events. */
const PATIENCE: Patience = { healthyWithinMs: 120_000, lateMs: 10_000, clearWithinMs: 180_000 };
const LOOK_EVERY_MS = 100;
/** Maximum milliseconds from a violation to its ticket, in a trial. */
const SAID_WITHIN_MS = 120_000;

/** Tries one fault: waits for health, breaks, watches, heals, waits until everything is clear. */
export async function tryFault(fault: FaultInfo, context: DoctorContext): Promise<FaultTrial> {
  const { signal } = context;
  const { healthyWithinMs, clearWithinMs } = patienceOf(context);
  if (!(await untilClear(healthyWithinMs, context))) return untried(fault, unhealthyReason(context), context);
  const lastTicket = newestTransition(context);
  const dueMs = dueTimes(fault.truth, context);
  const injected = await injectFor(holdMsOf(fault.truth, context), fault, context);
  if (typeof injected === "string") return untried(fault, injected, context);
  let unhealed: string | undefined;
  try {
    await watchFault({ fault, dueMs, lastTicket }, context);
  } finally {
    unhealed = await healed(injected);
  }
  signal.throwIfAborted();
  const healedAtMs = context.clock.monotonic();
  const cleared = await untilClear(clearWithinMs, context);
  const clearedMs = context.clock.monotonic() - healedAtMs;
  const observed = { fault, injected, dueMs, lastTicket, ...(cleared && { clearedMs }) };
  return assess({ ...observed, ...(unhealed !== undefined && { unhealed }) }, context);
}

/** One trial as a flat value, for a line of JSON. */
export function flatTrial({ findings, detectedMs, reasons, dueMs, ...trial }: FaultTrial): object {
  return {
    ...trial,
    findings: Object.fromEntries(findings),
    detectedMs: Object.fromEntries(detectedMs),
    reasons: Object.fromEntries(reasons),
    dueMs: Object.fromEntries(dueMs),
  };
}

interface Observed {
  readonly fault: FaultInfo;
  readonly injected: Injected;
  readonly dueMs: ReadonlyMap<string, number>;
  /** Id of the newest transition before the fault. */
  readonly lastTicket: number;
  readonly clearedMs?: number;
  /** Why healing failed; absent where it did not. */
  readonly unhealed?: string;
}

/** How long a fault is held: until every promised invariant is due, and any other would have tripped. */
function holdMsOf({ signalLagMs }: GroundTruth, { invariants, intervalMs }: DoctorContext): number {
  const longestGraceMs = Math.max(0, ...invariants.map(({ graceMs }) => graceMs));
  return signalLagMs + 2 * intervalMs + longestGraceMs + TOLERANCE_MS;
}

/** The fault in force, or why it is not. */
async function injectFor(holdMs: number, { id }: FaultInfo, context: DoctorContext): Promise<Injected | string> {
  const { lab, seed, signal } = context;
  const what = { fault: id, subject: lab.deployment.subject, seed, forMs: holdMs + patienceOf(context).lateMs };
  try {
    await context.prepare?.(signal);
    return await inject(what, context);
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}

async function watchFault({ fault, lastTicket }: Omit<Observed, "injected">, context: DoctorContext): Promise<void> {
  const { clock } = context;
  const untilMs = clock.monotonic() + holdMsOf(fault.truth, context);
  const lateMs = untilMs + patienceOf(context).lateMs;
  await waitWhile(() => clock.monotonic() < untilMs, context);
  await waitWhile(() => clock.monotonic() < lateMs && promisesLeft(fault.truth, lastTicket, context), context);
}

function patienceOf({ patience }: DoctorContext): Patience {
  return { ...PATIENCE, ...patience };
}

async function healed(injected: Injected): Promise<string | undefined> {
  try {
    await injected.heal();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function assess(
  { fault, injected, dueMs, lastTicket, clearedMs, unhealed }: Observed,
  context: DoctorContext,
): FaultTrial {
  const { trips, mayTrip } = fault.truth;
  const opened = openedSince(lastTicket, context);
  const detectedMs = new Map([...opened].map(([id, { atMs }]) => [id, Math.max(0, atMs - injected.atMs)]));
  const reasons = new Map([...opened].map(([id, { atMs }]) => [id, reasonOf(id, atMs, context)]));
  const findings = new Map<string, Finding>();
  const problems: string[] = [];
  for (const { id } of context.invariants) {
    const tookMs = detectedMs.get(id);
    const due = dueMs.get(id) ?? Number.POSITIVE_INFINITY;
    const finding = judge({ tookMs, due, promised: trips.includes(id), may: mayTrip.includes(id) });
    findings.set(id, finding);
    if (finding === "missed") problems.push(`${id} did not trip`);
    if (finding === "late") problems.push(`${id} tripped after ${tookMs} ms, due within ${due} ms`);
    if (finding === "false") problems.push(`${id} tripped unexpectedly`);
  }
  if (unhealed !== undefined) problems.push(unhealed);
  if (clearedMs === undefined) problems.push(`not clear after healing: ${leftOver(context)}`);
  const base = { fault: fault.id, component: injected.plan.component, findings, detectedMs, reasons, dueMs, problems };
  return { ...base, ...(clearedMs !== undefined && { clearedMs }) };
}

interface Trip {
  readonly tookMs: number | undefined;
  readonly due: number;
  readonly promised: boolean;
  readonly may: boolean;
}

function judge({ tookMs, due, promised, may }: Trip): Finding {
  if (promised && tookMs === undefined) return "missed";
  if (tookMs === undefined) return "quiet";
  if (promised) return tookMs <= due ? "promised" : "late";
  return may ? "allowed" : "false";
}

function unhealthyReason(context: DoctorContext): string {
  return `not tried: the system was not healthy before the fault: ${leftOver(context)}`;
}

/** What is not healthy yet, as the monitor reports it. */
function leftOver({ database, instance }: DoctorContext): string {
  const entityStates = database.entityStates.load(instance.id);
  const wrong = entityStates.filter(({ verdict, ticketOn }) => verdict !== "holds" || ticketOn !== undefined);
  const named = wrong.slice(0, 3).map(({ invariant, entity, summary }) => `${invariant} of ${entity}: ${summary}`);
  const more = wrong.length > named.length ? [`${wrong.length - named.length} more`] : [];
  return [...named, ...more].join("; ") || "nothing was judged yet";
}

function untried({ id, truth }: FaultInfo, problem: string, { invariants }: DoctorContext): FaultTrial {
  const findings = new Map(invariants.map((one) => [one.id, "quiet" as const]));
  const nothing = { detectedMs: new Map(), reasons: new Map(), dueMs: new Map() };
  return { fault: id, component: truth.component, findings, ...nothing, problems: [problem] };
}

function dueTimes(truth: GroundTruth, { invariants, intervalMs }: DoctorContext): ReadonlyMap<string, number> {
  const promised = invariants.filter(({ id }) => truth.trips.includes(id));
  return new Map(
    promised.map(({ id, graceMs, everyMs }) => {
      const pauseMs = Math.max(intervalMs, everyMs);
      return [id, truth.signalLagMs + pauseMs + ticketRules({ graceMs, everyMs }).graceMs + TOLERANCE_MS];
    }),
  );
}

function promisesLeft({ trips }: GroundTruth, lastTicket: number, context: DoctorContext): boolean {
  const opened = openedSince(lastTicket, context);
  return trips.some((id) => !opened.has(id));
}

/** The first time since that transition at which a ticket of each invariant opened or reopened. */
function openedSince(transition: number, { database, instance }: DoctorContext): ReadonlyMap<string, TicketTransition> {
  const opened = new Map<string, TicketTransition>();
  for (const ticket of database.tickets.list({ instance: instance.id })) {
    for (const one of database.tickets.transitions(ticket.id)) {
      if (one.id <= transition || (one.change !== "opened" && one.change !== "reopened")) continue;
      const first = opened.get(ticket.invariant);
      if (!first || one.atMs < first.atMs) opened.set(ticket.invariant, one);
    }
  }
  return opened;
}

/** The last reason of the invariant before a ticket opened. */
function reasonOf(invariant: string, atMs: number, { database, instance }: DoctorContext): string {
  const said = database.events
    .between(instance.id, { fromMs: atMs - SAID_WITHIN_MS, toMs: atMs })
    .findLast((event) => event.invariant === invariant && event.said?.to === "violated")?.said;
  return said?.reason ?? "not-recorded";
}

function newestTransition({ database, instance }: DoctorContext): number {
  const ids = database.tickets
    .list({ instance: instance.id })
    .flatMap((ticket) => database.tickets.transitions(ticket.id).map(({ id }) => id));
  return Math.max(0, ...ids);
}

function openTickets({ database, instance }: DoctorContext): readonly Ticket[] {
  return database.tickets.list({ instance: instance.id, state: "open" });
}

/** Clear means: no ticket is open, every verdict holds and every fill is at 0, as the monitor last saw it. */
async function untilClear(withinMs: number, context: DoctorContext): Promise<boolean> {
  const { clock, database, instance } = context;
  const untilMs = clock.monotonic() + withinMs;
  function isClear(): boolean {
    const entityStates = database.entityStates.load(instance.id);
    return (
      openTickets(context).length === 0 &&
      entityStates.length > 0 &&
      entityStates.every(({ verdict, violatedSinceMs }) => verdict === "holds" && violatedSinceMs === undefined)
    );
  }
  await waitWhile(() => !isClear() && clock.monotonic() < untilMs, context);
  return isClear();
}

async function waitWhile(condition: () => boolean, { clock, signal }: DoctorContext): Promise<void> {
  while (condition()) await clock.sleep(LOOK_EVERY_MS, signal);
}
