/** The environment of trials: a deployment, and a subject watched under traffic. */

import type { InjectContext } from "../../chaos/inject.ts";
import type { Database } from "../../database/mod.ts";
import type { Deployment } from "../../deployments/deployment.ts";
import type { Lab } from "../../deployments/lab.ts";
import { type OpenSubject, openSubject } from "../../runtime/subjects/open-subject.ts";
import type { SubjectTarget } from "../../runtime/subjects/resolve-subject.ts";
import { together } from "../../runtime/together.ts";
import { warmUp } from "../../runtime/warm-up.ts";
import { watch } from "../../runtime/watch.ts";
import { isHealthy } from "../situations/record.ts";
import { startTraffic, type TrafficOptions } from "../traffic.ts";
import type { SharedPast } from "./past.ts";

/** The environment of a trial. */
export interface TrialStage {
  readonly target: SubjectTarget;
  readonly deployment: Deployment;
  readonly lab: Lab;
  /** Injects and heals faults; aborting its signal ends the trial. */
  readonly chaos: InjectContext;
  /** Milliseconds between two looks. */
  readonly intervalMs: number;
  /** Healthy looks needed before a fault, including those of earlier trials. */
  readonly baseline: number;
  /** The shared history of trials. */
  readonly past: SharedPast;
  /** The record of a healthy period, copied for each trial. @default an empty record */
  readonly origin?: Database;
  /** Applies settings again that an earlier fault may have removed. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  readonly patience?: Partial<TrialPatience>;
}

/** Time limits. */
export interface TrialPatience {
  /** Milliseconds for everything to hold before the baseline. @default {120_000} */
  readonly healthyWithinMs: number;
  /** Milliseconds from a fault to its incident. @default {60_000} */
  readonly opensWithinMs: number;
  /** Milliseconds from the incident to the look that is judged. @default {6000} */
  readonly laterMs: number;
}

const PATIENCE: TrialPatience = { healthyWithinMs: 120_000, opensWithinMs: 60_000, laterMs: 6000 };
const LOOK_EVERY_MS = 100;

/** The time limits of a stage. */
export function patienceOf({ patience }: Pick<TrialStage, "patience">): TrialPatience {
  return { ...PATIENCE, ...patience };
}

/** The watched subject, and its traffic. */
export interface Watching extends Pick<TrafficOptions, "seed" | "strength" | "bursts"> {
  readonly database: Database;
  /** Called before the first look. */
  readonly onOpened?: (opened: OpenSubject) => void;
}

/** Watches the subject of a stage under traffic until the work is done. */
export async function whileWatched<Done>(
  stage: TrialStage,
  { database, onOpened, ...traffic }: Watching,
  work: (opened: OpenSubject, signal: AbortSignal) => Promise<Done>,
): Promise<Done | undefined> {
  const { target, intervalMs, deployment, lab } = stage;
  const { clock, signal } = stage.chaos;
  await using _traffic = startTraffic({ lab, deployment, clock, check: false, ...traffic });
  await using opened = await openSubject(target, { database, clock, intervalMs });
  onOpened?.(opened);
  await warmUp(opened, signal);
  const finished = new AbortController();
  let done: Done | undefined;
  await together(AbortSignal.any([signal, finished.signal]), [
    (ending) => watch(opened, { intervalMs }, ending),
    async (ending) => {
      done = await work(opened, ending);
      finished.abort();
    },
  ]);
  signal.throwIfAborted();
  return done;
}

/** Whether everything holds, and no incident is open. */
export function isCalm({ monitoring: { database, instance } }: OpenSubject): boolean {
  return (
    isHealthy(database, instance.id) &&
    database.incidents.list({ instance: instance.id, unresolved: true }).length === 0
  );
}

/** Whether a condition becomes true in time. */
export async function waitFor(
  condition: () => boolean,
  withinMs: number,
  { chaos: { clock, signal } }: Pick<TrialStage, "chaos">,
): Promise<boolean> {
  const untilMs = clock.monotonic() + withinMs;
  while (!condition()) {
    if (clock.monotonic() >= untilMs) return false;
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
  return true;
}
