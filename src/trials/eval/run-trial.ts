/** One trial of an evaluation: health, a fault or none, and the case of what was seen, on a record of its own. */

import { buildCase } from "../../agent/case/build.ts";
import type { Case } from "../../agent/case/case.ts";
import { healOpen } from "../../chaos/heal.ts";
import { type InjectContext, type Injected, inject, plan } from "../../chaos/inject.ts";
import { faultyComponents } from "../../core/subject/fault.ts";
import { seededRandom } from "../../core/system/random.ts";
import { ActionError, messageOf } from "../../core/text/errors.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import { isComponentId } from "../../core/words/ids.ts";
import type { Deployment } from "../../deployments/deployment.ts";
import type { Lab } from "../../deployments/lab.ts";
import { scratchDatabase } from "../../runtime/scratch-database.ts";
import { type OpenSubject, openSubject } from "../../runtime/subjects/open-subject.ts";
import type { SubjectTarget } from "../../runtime/subjects/resolve-subject.ts";
import { together } from "../../runtime/together.ts";
import { warmUp } from "../../runtime/warm-up.ts";
import { watch } from "../../runtime/watch.ts";
import type { Truth } from "../score.ts";
import { isHealthy } from "../situations/record.ts";
import { startTraffic } from "../traffic.ts";
import type { SharedPast } from "./past.ts";
import type { PlannedTrial } from "./plan.ts";

/** Where a trial takes place. */
export interface TrialStage {
  readonly target: SubjectTarget;
  readonly deployment: Deployment;
  readonly lab: Lab;
  /** Breaks and heals; aborting its signal ends the trial. */
  readonly chaos: InjectContext;
  /** Milliseconds between two looks. */
  readonly intervalMs: number;
  /** Looks that must have seen everything hold before anything is broken, those of earlier trials counted. */
  readonly baseline: number;
  /** What trials have in common. */
  readonly past: SharedPast;
  /** Sets again what an earlier fault may have wiped out. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  readonly patience?: Partial<TrialPatience>;
}

/** How long is waited for what should happen. */
export interface TrialPatience {
  /** Milliseconds for everything to hold before the baseline. @default {120_000} */
  readonly healthyWithinMs: number;
  /** Milliseconds from a fault to its incident. @default {60_000} */
  readonly opensWithinMs: number;
  /** Milliseconds from the incident to the look that is judged. @default {6000} */
  readonly laterMs: number;
}

/** What was seen, or why it could not be tried. */
export type Tried = Seen | { readonly untried: string };

/** The case of each incident that opened, and what is true of them. */
export interface Seen {
  readonly cases: readonly Case[];
  readonly truths: readonly Truth[];
}

const PATIENCE: TrialPatience = { healthyWithinMs: 120_000, opensWithinMs: 60_000, laterMs: 6000 };
const LOOK_EVERY_MS = 100;
/** Looks that a trial must have seen hold itself: graces, pictures and inspections are its own. */
const OWN_LOOKS = 25;
/** Milliseconds before now at which an incident that is none is said to have begun. */
const PRETENDED_MS = 10_000;

/** Makes one trial. Whatever it broke is healed when it ends. */
export async function runTrial(planned: PlannedTrial, stage: TrialStage): Promise<Tried> {
  const { target, intervalMs, deployment, lab } = stage;
  const { clock, signal } = stage.chaos;
  using scratch = scratchDatabase();
  const { database } = scratch;
  const { seed, load: strength, kind } = planned;
  const bursts = kind === "healthy";
  await using _traffic = startTraffic({ lab, deployment, clock, seed, check: false, strength, bursts });
  await using opened = await openSubject(target, { database, clock, intervalMs });
  stage.past.begin(trafficOf(planned), recordOf(opened));
  await warmUp(opened, signal);
  const finished = new AbortController();
  let tried: Tried = { untried: "the trial ended early" };
  await together(AbortSignal.any([signal, finished.signal]), [
    (ending) => watch(opened, { intervalMs }, ending),
    async (ending) => {
      tried = await seen(planned, { ...stage, chaos: { ...stage.chaos, signal: ending } }, opened);
      finished.abort();
    },
  ]);
  signal.throwIfAborted();
  return tried;
}

async function seen(planned: PlannedTrial, stage: TrialStage, opened: OpenSubject): Promise<Tried> {
  const { prepare } = stage;
  const { clock, signal } = stage.chaos;
  const { healthyWithinMs, laterMs } = patienceOf(stage);
  if (!(await waitFor(() => isCalm(opened), healthyWithinMs, stage)))
    return { untried: "the system was not healthy before the fault" };
  await prepare(signal);
  if (!(await restsFor(planned, stage, opened))) return { untried: "the system was disturbed before the fault" };
  if (planned.kind === "healthy") return { cases: [await pretendedCase(planned, opened, signal)], truths: [] };
  const sinceMs = clock.now();
  const injections = new AsyncDisposableStack();
  try {
    const injected: Injected[] = [];
    for (const fault of planned.faults)
      injected.push(injections.use(await breakOne(fault, injected, { planned, stage })));
    const truths = injected.flatMap(truthsOf);
    // What promises to trip nothing, and has tripped nothing that lasts, leaves nothing to be found.
    const unseen = injected.filter(({ plan }) => plan.truth.trips.length > 0).flatMap(truthsOf);
    const incidentsNow = (): readonly Incident[] => incidentsSince(sinceMs, opened);
    const { opensWithinMs } = patienceOf(stage);
    // Of two, the one that shows at once is not diagnosed before the other can be seen.
    if (injected.length > 1) await waitFor(() => injected.every((one) => hasShown(one, opened)), opensWithinMs, stage);
    if (!(await waitFor(() => incidentsNow().length > 0, opensWithinMs, stage))) {
      return { cases: [], truths: unseen };
    }
    await clock.sleep(laterMs, signal);
    const cases: Case[] = [];
    for (const incident of incidentsNow()) cases.push(await caseOf(incident, opened, signal));
    return { cases, truths: cases.length > 0 ? truths : unseen };
  } catch (error) {
    signal.throwIfAborted();
    return { untried: messageOf(error) };
  } finally {
    // What could not be healed beside another fault can be once that is healed, too.
    await injections.disposeAsync().catch(() => healOpen("all", stage.chaos));
  }
}

function truthsOf({ plan: { truth, input } }: Injected): readonly Truth[] {
  return faultyComponents(truth, input)
    .filter((component) => isComponentId(component))
    .map((component) => ({ component, mechanism: truth.mechanism }));
}

/** Whether all stays well for as many looks as are missing from the past; it is then part of it. */
async function restsFor(planned: PlannedTrial, stage: TrialStage, opened: OpenSubject): Promise<boolean> {
  const { baseline, intervalMs, past, chaos } = stage;
  const { clock, signal } = chaos;
  const traffic = trafficOf(planned);
  const fromMs = clock.now();
  const looks = Math.max(Math.min(baseline, OWN_LOOKS), baseline - past.count(traffic, fromMs));
  await clock.sleep(looks * intervalMs, signal);
  if (!isCalm(opened)) return false;
  past.keep(traffic, recordOf(opened), { fromMs, toMs: clock.now() });
  return true;
}

/** Trials with the same traffic have their past in common. */
function trafficOf({ kind, load }: PlannedTrial): string {
  return `${kind === "healthy" ? "bursts" : "steady"} ${load}`;
}

function recordOf({ monitoring: { database, instance } }: OpenSubject) {
  return { database, instance: instance.id };
}

interface Breaking {
  readonly planned: PlannedTrial;
  readonly stage: TrialStage;
}

/** Breaks what nothing else has broken: by which seed the choice falls on such a component is tried out first. */
async function breakOne(
  fault: string,
  others: readonly Injected[],
  { planned: { seed, strength }, stage }: Breaking,
): Promise<Injected> {
  const { opensWithinMs, laterMs } = patienceOf(stage);
  const options = { fault, subject: stage.lab.subject, forMs: 2 * (opensWithinMs + laterMs), strength };
  const taken = new Set<string>(others.flatMap(truthsOf).map(({ component }) => component));
  for (let attempt = 0; attempt < MOST_CHOICES; attempt += 1) {
    const chosen = { ...options, seed: seed + attempt };
    const { truth, input } = await plan(chosen, stage.chaos);
    if (faultyComponents(truth, input).some((component) => taken.has(component))) continue;
    return await inject(chosen, stage.chaos);
  }
  throw new ActionError(`Cannot inject "${fault}": every component it chose is already broken`);
}

/** Seeds that are tried until the choice falls on another component. */
const MOST_CHOICES = 20;

/** Whether a ticket is open for anything that it promises to trip. */
function hasShown({ plan: { truth } }: Injected, { monitoring: { database, instance } }: OpenSubject): boolean {
  const open = database.tickets.list({ instance: instance.id, state: "open" });
  return truth.trips.length === 0 || open.some(({ invariant }) => truth.trips.includes(invariant));
}

/** Unresolved incidents that opened since, the oldest first. */
function incidentsSince(sinceMs: number, { monitoring: { database, instance } }: OpenSubject): readonly Incident[] {
  const unresolved = database.incidents.list({ instance: instance.id, unresolved: true });
  return unresolved.filter(({ openedAtMs }) => openedAtMs >= sinceMs).toSorted((a, b) => a.openedAtMs - b.openedAtMs);
}

async function caseOf(incident: Incident, opened: OpenSubject, signal: AbortSignal): Promise<Case> {
  const { database, invariants } = opened.monitoring;
  const tracked = database.incidents.tickets(incident.id).map(({ entity }) => entity);
  const { session, monitoring } = opened;
  const now = await session.look({ signal, begunAfterMs: monitoring.clock.monotonic(), tracked });
  return buildCase(incident, now, { database, subject: { ...opened.target.subject, invariants } });
}

/** The case of a ticket that says what is not so: everything else in it is as it was seen. */
async function pretendedCase({ seed }: PlannedTrial, opened: OpenSubject, signal: AbortSignal): Promise<Case> {
  const { database, instance, clock } = opened.monitoring;
  const random = seededRandom(seed);
  const states = database.entityStates.load(instance.id);
  const state = states[Math.floor(random() * states.length)];
  if (!state) throw new Error("Cannot make a pretended incident: nothing was judged yet");
  const by = { atMs: clock.now(), actor: "person/eval", reason: "Pretended" } as const;
  const beganAtMs = clock.now() - PRETENDED_MS;
  const violated = { ...state, verdict: "violated" as const };
  const { invariant, on, entity } = state;
  const problem = { reason: "pretended", summary: `${entity} is reported as violated` };
  const ticket = database.tickets.open(instance.id, {
    ...by,
    invariant,
    on,
    severity: "warning",
    entities: [violated],
    words: { entity, verdict: "violated", ...problem, figures: {}, affected: 1, violated: 1, problem },
    firstViolatedAtMs: beganAtMs,
    beganAtMs,
  });
  const title = `Reported violation: ${invariant} on ${on}`;
  const incident = database.incidents.open(instance.id, { ...by, title, beganAtMs, tickets: [ticket.id] });
  return await caseOf(incident, opened, signal);
}

function isCalm({ monitoring: { database, instance } }: OpenSubject): boolean {
  return (
    isHealthy(database, instance.id) &&
    database.incidents.list({ instance: instance.id, unresolved: true }).length === 0
  );
}

function patienceOf({ patience }: TrialStage): TrialPatience {
  return { ...PATIENCE, ...patience };
}

async function waitFor(condition: () => boolean, withinMs: number, stage: TrialStage): Promise<boolean> {
  const { clock, signal } = stage.chaos;
  const untilMs = clock.monotonic() + withinMs;
  while (!condition()) {
    if (clock.monotonic() >= untilMs) return false;
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
  return true;
}
