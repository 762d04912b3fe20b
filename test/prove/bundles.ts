/**
 * Records a case of each fault of the limiter from the live lab, and what `rules` says of it, into `test/bundles/`.
 * `BUNDLES=redis-kill,partition` records only these, `BUNDLES=none` only writes down again what `rules` says of those that are there.
 * `--from COMMIT` makes bundles of TiKV of what `prove eval` has kept at that commit.
 */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { buildCase } from "../../src/agent/case/build.ts";
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
import { BUNDLES, type Bundle, bundlesOf, diagnose, readBundles, saidOf, writeBundle } from "../agent/bundles.ts";
import { writeKept } from "./bundles/kept.ts";
import { small } from "./bundles/small.ts";
import type { Proof, ProofOptions } from "./mod.ts";

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

/** Records and diagnoses; holds where no answer is confirmed and wrong. */
export async function proveBundles({ from }: ProofOptions): Promise<Proof> {
  const asked = process.env["BUNDLES"];
  if (from !== undefined) await writeKept("tikv", from);
  else if (asked !== "none") await recordAll(asked?.split(","));
  const rows: Awaited<ReturnType<typeof rediagnosed>>[] = [];
  for (const folder of [BUNDLES, bundlesOf("tikv")]) {
    for (const bundle of await readBundles(folder)) rows.push(await rediagnosed(bundle, folder));
  }
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

async function rediagnosed(
  bundle: Bundle,
  folder: string,
): Promise<{ readonly bundle: Bundle; readonly line: string }> {
  const given = small(bundle.case);
  const diagnosis = saidOf(await diagnose(given));
  const now = { ...bundle, diagnosis, case: given };
  const kb = (await writeBundle(now, folder)) / 1024;
  const { fault, truth } = bundle;
  const said = diagnosis ? `${diagnosis.mechanism} of ${diagnosis.component} | ${diagnosis.verdict}` : "nothing | ";
  return { bundle: now, line: `| ${fault} | ${truth.mechanism} of ${truth.component} | ${said} | ${kb.toFixed(0)} |` };
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
  const bytes = await writeBundle({ fault: fault.id, seed: SEED, truth, diagnosis, case: built });
  return `${(bytes / 1024).toFixed(0)} kB, ${diagnosis ? `${diagnosis.mechanism} of ${diagnosis.component}` : "no cause"}`;
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
