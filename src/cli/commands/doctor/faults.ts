/** The doctor's proof: breaks a running deployment fault by fault, under ordinary traffic and a monitor of its own. */

import { openJournal } from "../../../chaos/journal.ts";
import { formatDurationMs } from "../../../core/text/units.ts";
import type { Deployment } from "../../../deployments/deployment.ts";
import type { FaultInfo, Lab } from "../../../deployments/lab.ts";
import { systemClock } from "../../../io/clock.ts";
import { log } from "../../../io/log.ts";
import { monitor } from "../../../monitor/mod.ts";
import { renderMatrix } from "../../../render/matrix.ts";
import { type OpenSubject, openSubject } from "../../../runtime/open-subject.ts";
import { processName } from "../../../runtime/person.ts";
import type { SubjectTarget } from "../../../runtime/resolve-subject.ts";
import { scratchDatabase } from "../../../runtime/scratch-database.ts";
import { together } from "../../../runtime/together.ts";
import { primePast } from "../../../runtime/warm-up.ts";
import { type FaultTrial, flatTrial, tryFault } from "../../../trials/doctor.ts";
import { startTraffic } from "../../../trials/traffic.ts";
import { EXIT, type ExitCode } from "../../args/exit-code.ts";
import { printJson, printText } from "../../args/output.ts";

/** What is proved, on what, and how it is told. */
export interface ProofOptions {
  readonly deployment: Deployment;
  readonly lab: Lab;
  readonly faults: readonly FaultInfo[];
  /** Folder of the journal. */
  readonly home: string;
  readonly seed: number;
  readonly intervalMs: number;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** Instead of the usual graces, so that nobody has to wait. */
export const SHORT_GRACE_MS = 2000;

/** Tries every fault and exits 1 if any promise is broken. */
export async function proveFaults(target: SubjectTarget, options: ProofOptions): Promise<ExitCode> {
  const { lab, deployment, seed } = options;
  using scratch = scratchDatabase();
  await using _traffic = startTraffic({ lab, deployment, clock: systemClock, seed, check: false });
  await using opened = await openSubject(withShortGraces(target), { database: scratch.database, clock: systemClock });
  await primePast(opened, options.signal);
  const { invariants } = opened.monitoring;
  const trials = await tryAll(opened, options);
  if (options.json) for (const trial of trials) printJson(flatTrial(trial));
  else {
    const columns = invariants.map(({ id }) => id);
    printText(...renderMatrix(trials, columns));
  }
  return trials.some(({ problems }) => problems.length > 0) ? EXIT.failed : EXIT.done;
}

/** A monitor runs beside the trials and ends with them. */
async function tryAll(opened: OpenSubject, options: ProofOptions): Promise<readonly FaultTrial[]> {
  const { session, monitoring } = opened;
  const { lab, deployment, home, seed, intervalMs, faults } = options;
  const trials: FaultTrial[] = [];
  const finished = new AbortController();
  using journal = openJournal(home);
  await using open = await lab.open(deployment);
  await together(AbortSignal.any([options.signal, finished.signal]), [
    (signal) => monitor(session, { ...monitoring, actor: `monitor/${processName()}`, intervalMs, signal }),
    async (signal) => {
      const { database, instance, invariants, clock } = monitoring;
      const context = { lab: open, journal, clock, signal, database, instance, invariants, intervalMs, seed };
      for (const fault of faults) {
        log.info(`Trying ${fault.id}: ${fault.description}`);
        const trial = await tryFault(fault, context);
        trials.push(trial);
        tell(trial);
      }
      finished.abort();
    },
  ]);
  return trials;
}

function tell({ fault, component, detectedMs, clearedMs, problems }: FaultTrial): void {
  const seen = [...detectedMs].map(([invariant, ms]) => `${invariant} after ${formatDurationMs(Math.round(ms))}`);
  const cleared = clearedMs === undefined ? [] : [`clear ${formatDurationMs(Math.round(clearedMs))} after healing`];
  const told = [...(seen.length > 0 ? seen : ["nothing tripped"]), ...cleared].join(", ");
  if (problems.length === 0) log.info(`${fault} of ${component}: ${told}`);
  else log.warn(`${fault} of ${component}: ${problems.join("; ")} (${told})`);
}

function withShortGraces(target: SubjectTarget): SubjectTarget {
  const short = target.subject.invariants.map(({ id }) => [id, SHORT_GRACE_MS] as const);
  return { ...target, graceMs: { ...Object.fromEntries(short), ...target.graceMs } };
}
