/**
 * Records a case of each fault of the limiter from the live lab, and what `rules` says of it, into `test/bundles/`.
 * `BUNDLES=redis-kill,partition` records only these, `BUNDLES=none` only writes down again what `rules` says of those that are there.
 */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { buildCase } from "../../src/agent/case/build.ts";
import { type Case, parseCase } from "../../src/agent/case/case.ts";
import { type Injected, inject } from "../../src/chaos/inject.ts";
import { type Journal, openJournal } from "../../src/chaos/journal.ts";
import type { Deployment } from "../../src/deployments/deployment.ts";
import type { FaultInfo, Lab, OpenLab } from "../../src/deployments/lab.ts";
import { bringUp } from "../../src/deployments/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import { makeHome, removeHome } from "../../src/io/files/home.ts";
import { scratchDatabase } from "../../src/runtime/scratch-database.ts";
import { loadLab } from "../../src/runtime/subjects/labs.ts";
import { type OpenSubject, openSubject } from "../../src/runtime/subjects/open-subject.ts";
import { targetOf } from "../../src/runtime/subjects/resolve-subject.ts";
import { together } from "../../src/runtime/together.ts";
import { warmUp } from "../../src/runtime/warm-up.ts";
import { watch } from "../../src/runtime/watch.ts";
import { bringSettings } from "../../src/trials/bring-settings.ts";
import { startTraffic } from "../../src/trials/traffic.ts";
import { BUNDLES, type Bundle, diagnose, readBundles, saidOf } from "../agent/bundles.ts";
import type { Proof } from "./mod.ts";

const SEED = 11;
const GRACE_MS = 2000;
/** Health before a fault: as many readings as a level is compared with. */
const BASELINE_MS = 62_000;
const OPENS_WITHIN_MS = 60_000;
/** From the opening of the incident to the look that is judged. */
const LATER_MS = 6000;
const CLEAR_WITHIN_MS = 30_000;
/** A machine that is busy with something else disturbs the health before a fault. */
const MOST_ATTEMPTS = 8;

/** Bytes of what one inspection showed that are kept in a bundle. */
const MOST_INSPECTED = 200;
const MOST_CHANGES = 10;
const MOST_LINES = 5;
/** Judgements and events of one invariant and verdict that are kept; of what no ticket is about one of each. */
const MOST_ALIKE = 2;
/** Healthy readings that are kept. */
const HEALTHY = 60;

/** Records and diagnoses; holds where no answer is confirmed and wrong. */
export async function proveBundles(): Promise<Proof> {
  const asked = process.env["BUNDLES"];
  if (asked !== "none") await recordAll(asked?.split(","));
  const bundles = await readBundles();
  const rows = await Promise.all(bundles.map(rediagnosed));
  const wrong = rows.filter(
    ({ bundle: { truth, diagnosis } }) => diagnosis?.verdict === "confirmed" && diagnosis.component !== truth.component,
  );
  const named = rows.filter(({ bundle: { truth, diagnosis } }) => diagnosis?.component === truth.component);
  const right = named.filter(({ bundle: { truth, diagnosis } }) => diagnosis?.mechanism === truth.mechanism);
  return {
    held: wrong.length === 0,
    figures: [
      "| fault | is | rules say | verdict | kB |",
      "|---|---|---|---|---|",
      ...rows.map(({ line }) => line),
      "",
      `Component named in ${named.length} of ${rows.length}, component and mechanism in ${right.length}, ${wrong.length} confirmed wrong.`,
    ].join("\n"),
  };
}

async function rediagnosed(bundle: Bundle): Promise<{ readonly bundle: Bundle; readonly line: string }> {
  const given = small(bundle.case);
  const diagnosis = saidOf(await diagnose(given));
  const now = { ...bundle, diagnosis, case: given };
  const kb = (await write(now)) / 1024;
  const { fault, truth } = bundle;
  const said = diagnosis ? `${diagnosis.mechanism} of ${diagnosis.component} | ${diagnosis.verdict}` : "nothing | ";
  return { bundle: now, line: `| ${fault} | ${truth.mechanism} of ${truth.component} | ${said} | ${kb.toFixed(0)} |` };
}

function write(bundle: Bundle): Promise<number> {
  return Bun.write(join(BUNDLES, `${bundle.fault}.json`), `${JSON.stringify(bundle)}\n`);
}

async function recordAll(only: readonly string[] | undefined): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), "operator-bundles-"));
  makeHome(home, { throwaway: true });
  stack.defer(() => removeHome(home));
  const lab = await loadLab("ratelimiter");
  const signal = AbortSignal.timeout(3_600_000);
  const recipe = v.parse(lab.up, {});
  const deployment = await bringUp(
    { home, name: "bundles", recipe, throwaway: true },
    { signal, onReady: () => undefined },
  );
  stack.defer(() => deployment.down());
  const journal = stack.use(openJournal(home));
  const open = stack.use(await lab.open(deployment));
  const chaos = { lab: open, journal, clock: systemClock, signal };
  const settings = stack.use(await bringSettings({ ...chaos, seed: SEED, forMs: 3_600_000 }));
  stack.use(startTraffic({ lab, deployment, clock: systemClock, seed: SEED, check: false }));
  const recording = { deployment, lab, open, journal, prepare: settings.prepare, signal };
  for (const fault of lab.faults.filter(({ id }) => only?.includes(id) ?? true)) {
    let outcome: string | undefined;
    for (let attempt = 0; attempt < MOST_ATTEMPTS && outcome === undefined; attempt += 1) {
      outcome = await recordOne(fault, recording);
    }
    console.error(`Recording ${fault.id}: ${outcome ?? "not healthy before the fault"}`);
  }
}

interface Recording {
  readonly deployment: Deployment;
  readonly lab: Lab;
  readonly open: OpenLab;
  readonly journal: Journal;
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Watches with a record of its own, so that no fault before it is in the case; none where all was not well before it. */
async function recordOne(fault: FaultInfo, recording: Recording): Promise<string | undefined> {
  const { deployment, signal } = recording;
  using scratch = scratchDatabase();
  const { database } = scratch;
  const target = await targetOf(deployment);
  const graceMs = Object.fromEntries(target.subject.invariants.map(({ id }) => [id, GRACE_MS]));
  await using opened = await openSubject({ ...target, graceMs }, { database, clock: systemClock, intervalMs: 1000 });
  await warmUp(opened, signal);
  const finished = new AbortController();
  let outcome: string | undefined;
  await together(AbortSignal.any([signal, finished.signal]), [
    (signal) => watch(opened, { intervalMs: 1000 }, signal),
    async (signal) => {
      const disturbed = await waitFor(() => isDisturbed(fault, opened), BASELINE_MS, signal);
      if (disturbed || !(await isCalm(opened, signal))) {
        console.error(`Not healthy before ${fault.id}: ${stateOf(opened)}`);
        return finished.abort();
      }
      await recording.prepare(signal);
      // What a fault does is seen before the fault itself is found to bite.
      const sinceMs = systemClock.now();
      const injected = await injectOne(fault, recording);
      try {
        outcome = (await caught(fault, injected, { opened, sinceMs, signal })) ?? `no incident; ${stateOf(opened)}`;
      } finally {
        await injected.heal();
      }
      finished.abort();
    },
  ]);
  return outcome;
}

/** Whether there was an incident of what the fault is to trip: one that opens again keeps its beginning. */
function isDisturbed(fault: FaultInfo, { monitoring: { database, instance } }: OpenSubject): boolean {
  const promised = promisedBy(fault);
  const incidents = database.incidents.list({ instance: instance.id });
  return incidents.some(({ id }) => database.incidents.tickets(id).some(({ invariant }) => promised.has(invariant)));
}

/** Invariants of which a violation shows the fault. */
function promisedBy({ truth: { trips, mayTrip } }: FaultInfo): ReadonlySet<string> {
  return new Set(trips.length > 0 ? trips : mayTrip);
}

/** What does not hold, and which tickets are open in which incidents. */
function stateOf({ monitoring: { database, instance } }: OpenSubject): string {
  const troubled = database.entityStates.load(instance.id).filter(({ verdict }) => verdict !== "holds");
  const incidents = database.incidents.list({ instance: instance.id });
  return [
    ...troubled.map(({ summary }) => summary),
    ...incidents.map(({ id, beganAtMs }) => {
      const tickets = database.incidents.tickets(id).map(({ invariant, on, state }) => `${invariant} ${on} ${state}`);
      return `incident ${id} since ${new Date(beganAtMs).toISOString()}: ${tickets.join(", ")}`;
    }),
  ].join("; ");
}

function injectOne({ id }: FaultInfo, { lab, open, journal, signal }: Recording): Promise<Injected> {
  const what = { fault: id, subject: lab.subject, seed: SEED, forMs: OPENS_WITHIN_MS + 60_000 };
  return inject(what, { lab: open, journal, clock: systemClock, signal });
}

interface Watching {
  readonly opened: OpenSubject;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  readonly signal: AbortSignal;
}

async function caught(
  fault: FaultInfo,
  injected: Injected,
  { opened, sinceMs, signal }: Watching,
): Promise<string | undefined> {
  const { database, instance, invariants, clock } = opened.monitoring;
  const promised = promisedBy(fault);
  const incidentOf = () =>
    database.incidents
      .list({ instance: instance.id, unresolved: true })
      .filter(({ beganAtMs }) => beganAtMs >= sinceMs)
      .findLast(({ id }) => database.incidents.tickets(id).some(({ invariant }) => promised.has(invariant)));
  if (!(await waitFor(() => incidentOf() !== undefined, OPENS_WITHIN_MS, signal))) return undefined;
  await clock.sleep(LATER_MS, signal);
  const incident = incidentOf();
  if (!incident) return undefined;
  const tracked = database.incidents.tickets(incident.id).map(({ entity }) => entity);
  const now = await opened.session.look({ signal, begunAfterMs: clock.monotonic(), tracked });
  const built = small(buildCase(incident, now, { database, subject: { ...opened.target.subject, invariants } }));
  const { mechanism } = injected.plan.truth;
  const diagnosis = saidOf(await diagnose(built));
  const truth = { component: injected.plan.component, mechanism };
  const bytes = await write({ fault: fault.id, seed: SEED, truth, diagnosis, case: built });
  return `${(bytes / 1024).toFixed(0)} kB, ${diagnosis ? `${diagnosis.mechanism} of ${diagnosis.component}` : "no cause"}`;
}

/** A bundle of the repository holds the beginning of what was read, not the whole of it; made small again it stays the same. */
function small(given: Case): Case {
  const tickets = oneForEachComponent(given.tickets);
  const own = new Set<string>(tickets.flatMap(({ affected }) => affected));
  const counted = counter();
  return parseCase({
    ...given,
    tickets,
    judgements: given.judgements
      .filter(
        ({ invariant, verdict, entity }) =>
          counted(`${invariant} ${verdict} ${own.has(entity)}`) <= (own.has(entity) ? MOST_ALIKE : 1),
      )
      .map((said) => (said.verdict === "holds" ? { ...said, evidence: {} } : said)),
    events: given.events
      .filter(
        ({ invariant, event, of }) =>
          invariant === undefined || counted(`${invariant} ${event} ${own.has(of)}`) <= (own.has(of) ? MOST_ALIKE : 1),
      )
      .map(({ said, ...event }) => ({ ...event, ...(said && { said: { ...said, figures: {} } }) })),
    series: smallTable(given),
    logs: given.logs.map((tail) => ({ ...tail, events: tail.events.slice(-MOST_LINES) })),
    inspections: given.inspections.map(({ value, difference, ...shown }) => ({
      ...shown,
      ...(JSON.stringify(value ?? null).length <= MOST_INSPECTED
        ? { ...(value !== undefined && { value }) }
        : { isCut: true }),
      ...(difference && { difference: { ...difference, changes: difference.changes.slice(0, MOST_CHANGES) } }),
    })),
  });
}

/** One ticket speaks of one invariant and component, and lists what it affects; the first are enough. */
function oneForEachComponent(tickets: Case["tickets"]): Case["tickets"] {
  const byName = Map.groupBy(tickets, ({ invariant, on }) => `${invariant} ${on}`);
  return [...byName.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const affected = [first, ...others].flatMap((ticket) => ticket.affected).slice(0, MOST_ALIKE);
    return [{ ...first, affected }];
  });
}

function counter(): (name: string) => number {
  const counts = new Map<string, number>();
  return (name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count;
  };
}

/** As many healthy readings as a level is compared with, three digits of each, and no series that never moves. */
function smallTable({ series: { atMs, rows }, incident: { beganAtMs } }: Case): Case["series"] {
  const from = Math.max(0, atMs.findIndex((time) => time >= beganAtMs) - HEALTHY);
  const short = (value: number | null): number | null => (value === null ? null : Number(value.toPrecision(3)));
  const kept = rows.map((row) => ({ ...row, values: row.values.slice(from).map(short) }));
  return { atMs: atMs.slice(from), rows: kept.filter(({ values }) => new Set(values).size > 1) };
}

/** Whether everything holds and nothing is open, within a while. */
function isCalm({ monitoring: { database, instance } }: OpenSubject, signal: AbortSignal): Promise<boolean> {
  return waitFor(
    () => {
      const states = database.entityStates.load(instance.id);
      const incidents = database.incidents.list({ instance: instance.id, unresolved: true });
      return incidents.length === 0 && states.length > 0 && states.every(({ verdict }) => verdict === "holds");
    },
    CLEAR_WITHIN_MS,
    signal,
  );
}

async function waitFor(condition: () => boolean, withinMs: number, signal: AbortSignal): Promise<boolean> {
  const untilMs = systemClock.monotonic() + withinMs;
  while (!condition() && systemClock.monotonic() < untilMs) await systemClock.sleep(100, signal);
  return condition();
}
