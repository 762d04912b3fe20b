/**
 * The doctor's proof: each fault trips what it promises, in time, nothing beyond what it may trip, and healing clears it.
 * It reads the journal's truth and the monitor's tickets, and is one of the two who may see both.
 */

import { type InjectContext, type Injected, inject } from "../chaos/inject.ts";
import type { Truth } from "../core/fault.ts";
import type { Instance } from "../core/instance.ts";
import type { InvariantInfo } from "../core/subject.ts";
import type { Ticket } from "../core/ticket.ts";
import type { Database } from "../database/mod.ts";
import type { FaultInfo } from "../deployments/lab.ts";

/** What became of one invariant under one fault. `missed` and `false` break a promise. */
export type Finding = "promised" | "missed" | "late" | "allowed" | "false" | "quiet";

/** One fault, tried. */
export interface FaultTrial {
  readonly fault: string;
  readonly component: string;
  readonly findings: ReadonlyMap<string, Finding>;
  /** Milliseconds from the fault biting to the first ticket of each tripped invariant. */
  readonly detectedMs: ReadonlyMap<string, number>;
  /** Milliseconds by which what it promises must have tripped. */
  readonly dueMs: ReadonlyMap<string, number>;
  /** Milliseconds from healing until no ticket was open. */
  readonly clearedMs?: number;
  /** What broke a promise, one sentence each. */
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
}

/** What detection may take beyond signal lag, one interval and the grace. */
const TOLERANCE_MS = 1000;

/** How long after its due time a missing ticket is still waited for, to tell late from missed. */
const LATE_MS = 10_000;
const CLEAR_WITHIN_MS = 90_000;
const HEALTHY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** Tries one fault: waits for health, breaks, watches, heals, waits until everything is clear. */
export async function tryFault(fault: FaultInfo, context: DoctorContext): Promise<FaultTrial> {
  const { clock, lab, seed } = context;
  if (!(await untilClear(HEALTHY_WITHIN_MS, context))) return unhealthy(fault, context);
  const lastTicket = newestTicket(context);
  const dueMs = dueTimes(fault.truth, context);
  const holdMs = Math.max(0, ...dueMs.values()) + longestGraceMs(context) + context.intervalMs;
  const what = { fault: fault.id, subject: lab.deployment.subject, seed, forMs: holdMs + LATE_MS };
  const injected = await inject(what, context);
  const untilMs = injected.atMs + holdMs;
  try {
    await waitWhile(() => clock.now() < untilMs, context);
    await waitWhile(() => clock.now() < untilMs + LATE_MS && promisesLeft(fault.truth, lastTicket, context), context);
  } finally {
    await injected.heal();
  }
  const healedAtMs = clock.now();
  const cleared = await untilClear(CLEAR_WITHIN_MS, context);
  const clearedMs = clock.now() - healedAtMs;
  return assess({ fault, injected, dueMs, lastTicket, ...(cleared && { clearedMs }) }, context);
}

interface Observed {
  readonly fault: FaultInfo;
  readonly injected: Injected;
  readonly dueMs: ReadonlyMap<string, number>;
  /** Id of the newest transition before the fault. */
  readonly lastTicket: number;
  readonly clearedMs?: number;
}

function assess({ fault, injected, dueMs, lastTicket, clearedMs }: Observed, context: DoctorContext): FaultTrial {
  const { trips, mayTrip } = fault.truth;
  const opened = openedSince(lastTicket, context);
  const detectedMs = new Map([...opened].map(([invariant, atMs]) => [invariant, Math.max(0, atMs - injected.atMs)]));
  const findings = new Map<string, Finding>();
  const problems: string[] = [];
  for (const { id } of context.invariants) {
    const tookMs = detectedMs.get(id);
    const due = dueMs.get(id) ?? Number.POSITIVE_INFINITY;
    const finding = judge({ tookMs, due, promised: trips.includes(id), may: mayTrip.includes(id) });
    findings.set(id, finding);
    if (finding === "missed") problems.push(`${id} did not trip`);
    if (finding === "late") problems.push(`${id} tripped after ${tookMs} ms, due within ${due} ms`);
    if (finding === "false") problems.push(`${id} tripped and must not`);
  }
  if (clearedMs === undefined) problems.push("healing did not clear it");
  const base = { fault: fault.id, component: injected.plan.component, findings, detectedMs, dueMs, problems };
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

function unhealthy({ id, truth }: FaultInfo, context: DoctorContext): FaultTrial {
  const open = openTickets(context).map(({ invariant, entity }) => `${invariant} of ${entity}`);
  const problem = `not tried: the system was not healthy before it (${open.join(", ") || "something is violated"})`;
  const findings = new Map(context.invariants.map((one) => [one.id, "quiet" as const]));
  const nothing: ReadonlyMap<string, number> = new Map();
  return { fault: id, component: truth.component, findings, detectedMs: nothing, dueMs: nothing, problems: [problem] };
}

function dueTimes(truth: Truth, { invariants, intervalMs }: DoctorContext): ReadonlyMap<string, number> {
  const promised = invariants.filter(({ id }) => truth.trips.includes(id));
  return new Map(promised.map(({ id, graceMs }) => [id, truth.signalLagMs + intervalMs + graceMs + TOLERANCE_MS]));
}

function longestGraceMs({ invariants }: DoctorContext): number {
  return Math.max(0, ...invariants.map(({ graceMs }) => graceMs));
}

function promisesLeft({ trips }: Truth, lastTicket: number, context: DoctorContext): boolean {
  const opened = openedSince(lastTicket, context);
  return trips.some((id) => !opened.has(id));
}

/** When the first ticket of each invariant opened or opened again, in epoch milliseconds, since that transition. */
function openedSince(transition: number, { database, instance }: DoctorContext): ReadonlyMap<string, number> {
  const opened = new Map<string, number>();
  for (const ticket of database.tickets.list({ instance: instance.id })) {
    for (const { id, change, atMs } of database.tickets.transitions(ticket.id)) {
      if (id <= transition || (change !== "opened" && change !== "reopened")) continue;
      opened.set(ticket.invariant, Math.min(atMs, opened.get(ticket.invariant) ?? atMs));
    }
  }
  return opened;
}

function newestTicket({ database, instance }: DoctorContext): number {
  const ids = database.tickets
    .list({ instance: instance.id })
    .flatMap((ticket) => database.tickets.transitions(ticket.id).map(({ id }) => id));
  return Math.max(0, ...ids);
}

function openTickets({ database, instance }: DoctorContext): readonly Ticket[] {
  return database.tickets.list({ instance: instance.id, state: "open" });
}

/** Clear is: no ticket is open and nothing is violated or unknown, as the monitor last saw it. */
async function untilClear(withinMs: number, context: DoctorContext): Promise<boolean> {
  const { clock, database, instance } = context;
  const untilMs = clock.monotonic() + withinMs;
  function isClear(): boolean {
    const tracks = database.tracks.load(instance.id);
    return openTickets(context).length === 0 && tracks.length > 0 && tracks.every(({ verdict }) => verdict === "holds");
  }
  await waitWhile(() => !isClear() && clock.monotonic() < untilMs, context);
  return isClear();
}

async function waitWhile(condition: () => boolean, { clock, signal }: DoctorContext): Promise<void> {
  while (condition()) await clock.sleep(LOOK_EVERY_MS, signal);
}
