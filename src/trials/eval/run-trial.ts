/** One trial of an evaluation: health, a fault or none, and the resulting case, on a separate record. */

import type { Case } from "../../agent/case/case.ts";
import { healOpen } from "../../chaos/heal.ts";
import { type Injected, inject, plan } from "../../chaos/inject.ts";
import { faultyComponents } from "../../core/subject/fault.ts";
import { ActionError, messageOf } from "../../core/text/errors.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import { isComponentId } from "../../core/words/ids.ts";
import { scratchDatabase } from "../../runtime/scratch-database.ts";
import type { OpenSubject } from "../../runtime/subjects/open-subject.ts";
import type { Truth } from "../score.ts";
import { caseOf, pretendedCase } from "./cases.ts";
import type { PlannedTrial } from "./plan.ts";
import { allHaveShown } from "./shown.ts";
import { isCalm, patienceOf, type TrialStage, waitFor, whileWatched } from "./stage.ts";

/** The cases, or why it could not be tried. */
export type Tried = Seen | { readonly untried: string };

/** The case of each incident that opened, and their ground truth. */
export interface Seen {
  readonly cases: readonly Case[];
  readonly truths: readonly Truth[];
}

/** Looks that a trial must have seen hold itself: graces, pictures and inspections are its own; of a copied record they are on it. */
const OWN_LOOKS = { fresh: 25, copied: 5 } as const;

/** Makes one trial. Its faults are healed when it ends. */
export async function runTrial(planned: PlannedTrial, stage: TrialStage): Promise<Tried> {
  using scratch = scratchDatabase(stage.origin);
  const { database } = scratch;
  const { seed, load: strength, kind } = planned;
  const onOpened = (opened: OpenSubject): void => stage.past.begin(trafficOf(planned), recordOf(opened));
  const watching = { database, seed, strength, bursts: kind === "healthy", onOpened };
  const tried = await whileWatched(stage, watching, (opened, signal) =>
    seen(planned, { ...stage, chaos: { ...stage.chaos, signal } }, opened),
  );
  return tried ?? { untried: "the trial ended early" };
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
  const injections = new AsyncDisposableStack();
  try {
    const injected: Injected[] = [];
    for (const fault of planned.faults)
      injected.push(injections.use(await breakOne(fault, injected, { planned, stage })));
    const truths = injected.flatMap(truthsOf);
    // What promises to trip nothing, and has tripped nothing that lasts, leaves nothing to be found.
    const unseen = injected.filter(({ plan }) => plan.truth.trips.length > 0).flatMap(truthsOf);
    const incidentsNow = (): readonly Incident[] => incidentsIn(opened);
    const { opensWithinMs } = patienceOf(stage);
    // With two faults, the first one to show is not diagnosed before the other can show.
    if (injected.length > 1) await waitFor(allHaveShown(injected, recordOf(opened)), opensWithinMs, stage);
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
    // A fault that cannot be healed beside another one can be once that is healed.
    await injections.disposeAsync().catch(() => healOpen("all", stage.chaos));
  }
}

function truthsOf({ plan: { truth, input } }: Injected): readonly Truth[] {
  return faultyComponents(truth, input)
    .filter((component) => isComponentId(component))
    .map((component) => ({ component, mechanism: truth.mechanism }));
}

/** Whether everything holds for as many looks as the history lacks; these are then added to it. */
async function restsFor(planned: PlannedTrial, stage: TrialStage, opened: OpenSubject): Promise<boolean> {
  const { baseline, intervalMs, past, chaos, origin } = stage;
  const { clock, signal } = chaos;
  const traffic = trafficOf(planned);
  const fromMs = clock.now();
  const own = Math.min(baseline, origin ? OWN_LOOKS.copied : OWN_LOOKS.fresh);
  const looks = origin ? own : Math.max(own, baseline - past.count(traffic, fromMs));
  await clock.sleep(looks * intervalMs, signal);
  if (!isCalm(opened)) return false;
  if (!origin) past.keep(traffic, recordOf(opened), { fromMs, toMs: clock.now() });
  return true;
}

/** Trials with the same traffic share their history. */
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

/** Injects a fault on a component that no other fault has broken: seeds are tried until one chooses such a component. */
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

/** Maximum of seeds tried. */
const MOST_CHOICES = 20;

/** Unresolved incidents, the oldest first. Before the fault there was none; one that a disturbance had opened may open again. */
function incidentsIn({ monitoring: { database, instance } }: OpenSubject): readonly Incident[] {
  const unresolved = database.incidents.list({ instance: instance.id, unresolved: true });
  return unresolved.toSorted((a, b) => a.openedAtMs - b.openedAtMs);
}
