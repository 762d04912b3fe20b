/** Proves a lab on a running deployment: fault by fault, under ordinary traffic and a monitor of its own. */

import type { InjectContext } from "../chaos/inject.ts";
import { openJournal } from "../chaos/journal.ts";
import type { Deployment } from "../deployments/deployment.ts";
import type { FaultInfo, Lab } from "../deployments/lab.ts";
import { systemClock } from "../io/clock.ts";
import { scratchDatabase } from "../runtime/scratch-database.ts";
import { type OpenSubject, openSubject } from "../runtime/subjects/open-subject.ts";
import type { SubjectTarget } from "../runtime/subjects/resolve-subject.ts";
import { together } from "../runtime/together.ts";
import { warmUp } from "../runtime/warm-up.ts";
import { watch } from "../runtime/watch.ts";
import { bringSettings, type TrialSettings } from "./bring-settings.ts";
import { type FaultTrial, tryFault } from "./doctor.ts";
import { startTraffic } from "./traffic.ts";

/** The lab and the deployment to prove. */
export interface ProofOptions {
  readonly deployment: Deployment;
  readonly lab: Lab;
  readonly faults: readonly FaultInfo[];
  /** Folder of the journal. */
  readonly home: string;
  readonly seed: number;
  readonly intervalMs: number;
  readonly onFault?: (fault: FaultInfo) => void;
  readonly onTrial?: (trial: FaultTrial) => void;
}

/** Graces instead of the defaults, to shorten the proof. */
export const SHORT_GRACE_MS = 2000;

/** Disables the longer hold-down of reopened tickets, since faults are unrelated. */
const EACH_BY_ITSELF = { reopenWithinMs: 0 } as const;

/** Maximum milliseconds of one trial, including the waits for health before and after it. */
const LONGEST_TRIAL_MS = 600_000;

/** Tries one fault after the other, and returns the result of each. */
export async function proveFaults(
  target: SubjectTarget,
  options: ProofOptions,
  signal: AbortSignal,
): Promise<readonly FaultTrial[]> {
  const { lab, deployment, home, seed, intervalMs, faults } = options;
  using scratch = scratchDatabase();
  using journal = openJournal(home);
  await using open = await lab.open(deployment);
  const chaos = { lab: open, journal, clock: systemClock, signal };
  await using settings = await bringSettings({ ...chaos, seed, forMs: faults.length * LONGEST_TRIAL_MS });
  await using _traffic = startTraffic({ lab, deployment, clock: systemClock, seed, check: false });
  const { database } = scratch;
  await using opened = await openSubject(withShortGraces(target), { database, clock: systemClock, intervalMs });
  await warmUp(opened, signal);
  const monitoring = { ...opened.monitoring, rules: EACH_BY_ITSELF };
  return await tryAll({ opened: { ...opened, monitoring }, settings, chaos }, options);
}

interface Stage {
  readonly opened: OpenSubject;
  readonly settings: TrialSettings;
  readonly chaos: InjectContext;
}

/** A monitor runs beside the trials and ends with them. */
async function tryAll({ opened, settings, chaos }: Stage, options: ProofOptions): Promise<readonly FaultTrial[]> {
  const { seed, intervalMs, faults, onFault, onTrial } = options;
  const { database, instance, invariants } = opened.monitoring;
  const trials: FaultTrial[] = [];
  const finished = new AbortController();
  await together(AbortSignal.any([chaos.signal, finished.signal]), [
    (signal) => watch(opened, { intervalMs }, signal),
    async (signal) => {
      const { prepare } = settings;
      const context = { ...chaos, prepare, signal, database, instance, invariants, intervalMs, seed };
      for (const fault of faults) {
        onFault?.(fault);
        const trial = await tryFault(fault, context);
        trials.push(trial);
        onTrial?.(trial);
      }
      finished.abort();
    },
  ]);
  return trials;
}

/** The subject with short graces, except those that a person has set. */
export function withShortGraces(target: SubjectTarget): SubjectTarget {
  const short = target.subject.invariants.map(({ id }) => [id, SHORT_GRACE_MS] as const);
  return { ...target, graceMs: { ...Object.fromEntries(short), ...target.graceMs } };
}
