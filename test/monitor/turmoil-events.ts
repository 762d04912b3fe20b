/** What people, engines, agents and machines do in a turmoil; what is refused is as if nobody had asked. */

import { hasEnded, type RunState } from "../../src/core/safety/action-run.ts";
import { InvalidInputError } from "../../src/core/text/errors.ts";
import type { Incident, IncidentState } from "../../src/core/tickets/incident.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";
import { incidentLease } from "../../src/core/words/lease.ts";
import type { Mechanism } from "../../src/core/words/mechanism.ts";
import type { Change, Database } from "../../src/database/mod.ts";
import type { Watch } from "../../src/monitor/round.ts";
import {
  investigateIncident,
  mergeIncidents,
  noteIncident,
  resolveIncident,
  splitIncident,
} from "../../src/runtime/incident-steps.ts";
import type { VirtualClock } from "../virtual-clock.ts";
import { aDiagnosis, pendingRun } from "./diagnoses.ts";
import type { Script } from "./scripted-session.ts";

/** What may happen at a turn; what is named often happens often. */
export const EVENTS = [
  "nothing",
  "nothing",
  "nothing",
  "crash",
  "hold",
  "release",
  "resolve",
  "reopen",
  "diagnose",
  "diagnose",
  "approve",
  "give back",
  "merge",
  "split",
  "investigate",
  "end",
  "note",
  "step back",
  "downtime",
] as const;

/** Where a turmoil takes place. */
export interface Stage {
  readonly database: Database;
  readonly clock: VirtualClock;
  readonly script: Script;
  readonly instance: number;
  readonly restart: () => Watch;
  watch: Watch;
}

/** What is done, and to what. */
export interface Disturbance {
  readonly event: (typeof EVENTS)[number];
  readonly works: boolean;
  /** Chooses among the tickets and incidents that there are. */
  readonly pick: number;
  readonly component: ComponentId;
  readonly mechanism: Mechanism;
  readonly claims: boolean;
}

const AGENT = "agent/x";
const LEASE_MS = 60_000;

/** Does it. */
export function disturb(stage: Stage, { event, works, pick, ...named }: Disturbance): void {
  const { database, clock } = stage;
  const by = byAda(clock);
  const tickets = database.tickets.list();
  const incidents = database.incidents.list({ unresolved: true });
  const ticket = tickets[pick % Math.max(1, tickets.length)]?.id ?? 0;
  const incident = incidents[pick % Math.max(1, incidents.length)]?.id ?? 0;
  const other = incidents[(pick + 1) % Math.max(1, incidents.length)]?.id ?? 0;
  const doings: Readonly<Record<(typeof EVENTS)[number], () => unknown>> = {
    nothing: () => undefined,
    crash: () => (stage.watch = stage.restart()),
    hold: () => database.tickets.change(ticket, "held", by),
    release: () => database.tickets.change(ticket, "unheld", by),
    resolve: () => database.tickets.change(ticket, "resolved", by),
    reopen: () => database.tickets.change(ticket, "reopened", by),
    diagnose: () => diagnose(stage, incident, named),
    approve: () => approve(stage, pick),
    "give back": () => database.leases.release(incidentLease(incident), AGENT),
    merge: () => mergeIncidents(database, { id: incident, into: other }, by),
    split: () => {
      const first = database.incidents.tickets(incident).find(({ state }) => state === "open");
      splitIncident(database, { id: incident, tickets: [first?.id ?? 0] }, by);
    },
    investigate: () => investigateIncident(database, incident, by),
    end: () => resolveIncident(database, incident, by),
    note: () => noteIncident(database, incident, by),
    "step back": () => clock.step(-1_800_000),
    downtime: () => clock.step(120_000),
  };
  attempt(doings[event]);
  if (works) attempt(() => work(stage, incident, named));
}

function attempt(doing: () => unknown): void {
  try {
    doing();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
  }
}

/** Nobody holds anything any more, and an executor that starts finds what was under way interrupted. */
export function settleAll({ database, clock }: Stage): void {
  const by = byAda(clock);
  for (const { id } of database.tickets.list({ state: "open", held: true })) database.tickets.change(id, "unheld", by);
  for (const { id } of database.incidents.list({ unresolved: true })) {
    database.leases.release(incidentLease(id), AGENT);
  }
  for (const run of database.actionRuns.list()) {
    if (run.state === "pending" || hasEnded(run)) continue;
    database.actionRuns.advance(run.id, { to: "interrupted", atMs: by.atMs, reason: "The process ended" });
  }
}

function byAda(clock: VirtualClock): Change {
  return { atMs: clock.now(), actor: "person/ada", reason: "Because" };
}

function take({ database, clock }: Stage, incident: number): void {
  database.leases.acquire(incidentLease(incident), { holder: AGENT, nowMs: clock.now(), ttlMs: LEASE_MS });
}

function diagnose({ database }: Stage, incident: number, { component, mechanism, claims }: Named): void {
  if (incident === 0) return;
  const claim = { kind: "state-is", component, path: "state", comparison: "is", value: "down" } as const;
  database.incidents.addDiagnosis(incident, aDiagnosis({ component, mechanism }, { claims: claims ? [claim] : [] }));
}

type Named = Pick<Disturbance, "component" | "mechanism" | "claims">;

interface Leading {
  readonly to: IncidentState;
  /** The run that must be there, and where it goes. */
  readonly run?: readonly [from: RunState, to: RunState];
}

/** Where an agent leads an incident. */
const LEADS: Partial<Readonly<Record<IncidentState, Leading>>> = {
  open: { to: "investigating" },
  escalated: { to: "investigating" },
  investigating: { to: "diagnosed" },
  diagnosed: { to: "awaiting-approval" },
  "awaiting-approval": { to: "acting", run: ["pending", "running"] },
  acting: { to: "verifying", run: ["running", "verifying"] },
  verifying: { to: "diagnosed", run: ["verifying", "ineffective"] },
};

/** An agent takes up an incident, and goes one step on with each that it holds; linked ones are looked at with another. */
function work(stage: Stage, next: number, named: Named): void {
  const { database, clock } = stage;
  if (database.incidents.get(next)?.linkedTo === undefined) take(stage, next);
  for (const incident of database.incidents.list({ unresolved: true })) {
    const holder = database.leases.current(incidentLease(incident.id), clock.now())?.holder;
    if (holder === AGENT && incident.linkedTo === undefined) lead(stage, incident, named);
  }
}

function lead(stage: Stage, { id, state }: Incident, named: Named): void {
  const { database, clock } = stage;
  const { to, run } = LEADS[state] ?? { to: state };
  take(stage, id);
  const by: Change = { atMs: clock.now(), actor: AGENT, reason: "Because" };
  if (run) {
    const one = database.actionRuns.list({ incident: id, state: run[0] }).at(-1);
    if (run[1] === "running" && isBusy(database)) return;
    // Somebody has withdrawn it.
    if (!one) return void database.incidents.move(id, { ...by, to: "diagnosed" });
    database.actionRuns.advance(one.id, { to: run[1], atMs: by.atMs, reason: by.reason });
  }
  if (to === "diagnosed" && !run) diagnose(stage, id, named);
  if (to === "awaiting-approval") propose(stage, id, named);
  database.incidents.move(id, { ...by, to });
}

/** One effect at a time. */
function isBusy({ actionRuns }: Database): boolean {
  return actionRuns.list({ state: "running", limit: 1 }).length > 0;
}

/** As an agent does, only where nothing waits already. */
function propose({ database, clock, instance }: Stage, incident: number, { component, mechanism }: Named): void {
  if (database.actionRuns.list({ incident, state: "pending" }).length > 0) return;
  const run = pendingRun(incident, { component, mechanism });
  database.actionRuns.add({ ...run, instance, atMs: clock.now() });
}

function approve({ database, clock }: Stage, pick: number): void {
  const pending = database.actionRuns.list({ state: "pending" });
  const run = pending[pick % Math.max(1, pending.length)];
  const atMs = clock.now();
  if (run)
    database.actionRuns.approve(run.id, {
      digest: run.digest,
      actor: "person/ada",
      atMs,
      expiresAtMs: atMs + LEASE_MS,
    });
}
