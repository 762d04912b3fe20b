/** Evaluates a diagnosis on a running deployment: trial by trial, scored against the ground truth. */

import type { Engine } from "../../agent/engines/engine.ts";
import { openJournal } from "../../chaos/journal.ts";
import type { Deployment } from "../../deployments/deployment.ts";
import type { Lab } from "../../deployments/lab.ts";
import { systemClock } from "../../io/clock.ts";
import type { SubjectTarget } from "../../runtime/subjects/resolve-subject.ts";
import { bringSettings } from "../bring-settings.ts";
import { answersToAll } from "./answers.ts";
import { type Baseline, watchBaseline } from "./baseline.ts";
import { sharedPast } from "./past.ts";
import type { PlannedTrial } from "./plan.ts";
import { runTrial, type Seen, type Tried } from "./run-trial.ts";
import type { TrialRow } from "./score.ts";
import type { TrialPatience, TrialStage } from "./stage.ts";
import { withheld } from "./withhold.ts";

/** The trials to make, and the deployment. */
export interface EvalOptions {
  readonly deployment: Deployment;
  readonly lab: Lab;
  readonly engine: Engine;
  /** Trials that are still to be made. */
  readonly trials: readonly PlannedTrial[];
  /** Folder of the journal. */
  readonly home: string;
  readonly seed: number;
  readonly intervalMs: number;
  /** Looks at health before each fault. */
  readonly baseline: number;
  /** Whether all trials share one healthy period: they continue from copies of its record, and healthy cases are cut from it. @default {false} */
  readonly oneBaseline?: boolean;
  readonly patience?: Partial<TrialPatience>;
  /** Milliseconds after which no further trial is started. @default no limit */
  readonly forMs?: number;
  readonly onTrial?: (planned: PlannedTrial) => void;
  /** Called with the cases of a trial, and their ground truth. */
  readonly onCases?: (planned: PlannedTrial, seen: Seen) => void;
  /** Called with each row as soon as it is known. */
  readonly onRow: (row: TrialRow) => void;
}

/** Maximum milliseconds of one trial, including the wait for health before it. */
const LONGEST_TRIAL_MS = 600_000;
/** Maximum starts of a trial that was disturbed before its fault. */
const MOST_ATTEMPTS = 3;

/** Makes the trials one after the other. */
export async function runEval(target: SubjectTarget, options: EvalOptions, signal: AbortSignal): Promise<void> {
  const { deployment, lab, home, seed, trials, onTrial, onRow } = options;
  using journal = openJournal(home);
  await using open = await lab.open(deployment);
  const chaos = { lab: open, journal, clock: systemClock, signal };
  await using settings = await bringSettings({ ...chaos, seed, forMs: trials.length * LONGEST_TRIAL_MS });
  const stage: TrialStage = { ...options, target, chaos, prepare: settings.prepare, past: sharedPast() };
  using shared = options.oneBaseline === true ? await watchBaseline(stage, trials) : undefined;
  const untilMs = systemClock.monotonic() + (options.forMs ?? Number.POSITIVE_INFINITY);
  for (const planned of trials) {
    if (systemClock.monotonic() >= untilMs) return;
    onTrial?.(planned);
    for (const row of await rowsOf(planned, { stage, shared }, options)) onRow(row);
  }
}

/** The row of a trial; of one fault, another one of the same case with its telemetry withheld. */
async function rowsOf(planned: PlannedTrial, place: Place, options: EvalOptions): Promise<readonly TrialRow[]> {
  const { id, kind, faults, seed } = planned;
  const { clock, signal } = place.stage.chaos;
  let tried = await tryOne(planned, place);
  for (let attempt = 1; "untried" in tried && attempt < MOST_ATTEMPTS; attempt += 1) {
    tried = await tryOne(planned, place);
  }
  const named = { id, kind, faults };
  if ("untried" in tried) return [{ ...named, truths: [], answers: {}, tookMs: 0, untried: tried.untried }];
  options.onCases?.(planned, tried);
  const asked = { engine: options.engine, seed, clock, signal };
  const begunMs = clock.monotonic();
  // A fault that opens no incident is not diagnosed.
  const answers = await answersToAll(tried.cases, asked);
  const row: TrialRow = { ...named, truths: tried.truths, answers, tookMs: clock.monotonic() - begunMs };
  if (kind !== "fault" || tried.cases.length === 0) return [row];
  const blind = await answersToAll(tried.cases.slice(0, 1).map(withheld), asked);
  return [row, { id: `withheld/${id}`, kind: "withheld", faults, truths: [], answers: blind, tookMs: 0 }];
}

interface Place {
  readonly stage: TrialStage;
  readonly shared: Baseline | undefined;
}

async function tryOne(planned: PlannedTrial, { stage, shared }: Place): Promise<Tried> {
  const cut = shared?.windows.get(planned);
  if (cut) return { cases: [cut], truths: [] };
  return await runTrial(planned, shared ? { ...stage, origin: shared.database } : stage);
}
