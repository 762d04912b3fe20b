/** One healthy time that all trials on a deployment have in common: they go on from copies of its record, and healthy cases are cut from it. */

import type { Case } from "../../agent/case/case.ts";
import { ActionError } from "../../core/text/errors.ts";
import type { Database } from "../../database/mod.ts";
import { scratchDatabase } from "../../runtime/scratch-database.ts";
import type { OpenSubject } from "../../runtime/subjects/open-subject.ts";
import { pretendedCase } from "./cases.ts";
import type { PlannedTrial } from "./plan.ts";
import { isCalm, patienceOf, type TrialStage, waitFor, whileWatched } from "./stage.ts";

/** A healthy time that is over. Disposing throws its record away. */
export interface Baseline extends Disposable {
  readonly database: Database;
  /** By trial, the case of an incident that was none. */
  readonly windows: ReadonlyMap<PlannedTrial, Case>;
}

/** Times that a baseline is begun which was disturbed. */
const MOST_ATTEMPTS = 3;

/**
 * Watches the subject while all is well, for as many looks as the stage asks for. The windows of healthy trials end one after
 * the other in its second half.
 * @throws {ActionError} If it was not healthy for so long.
 */
export async function watchBaseline(stage: TrialStage, trials: readonly PlannedTrial[]): Promise<Baseline> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    using stack = new DisposableStack();
    const { database } = stack.use(scratchDatabase());
    const windows = await whileWatched(stage, { database, ...trafficOf(trials) }, (opened, signal) =>
      cutWindows(trials, { ...stage, chaos: { ...stage.chaos, signal } }, opened),
    );
    if (!windows) continue;
    const owned = stack.move();
    return { database, windows, [Symbol.dispose]: () => owned.dispose() };
  }
  throw new ActionError(
    `Cannot begin: the system was disturbed ${MOST_ATTEMPTS} times, expected ${stage.baseline} healthy looks`,
  );
}

/** `undefined` where something was wrong in between. */
async function cutWindows(
  trials: readonly PlannedTrial[],
  stage: TrialStage,
  opened: OpenSubject,
): Promise<Baseline["windows"] | undefined> {
  const { baseline, intervalMs, prepare, chaos } = stage;
  const { clock, signal } = chaos;
  const healthy = trials.filter(({ kind }) => kind === "healthy");
  const windows = new Map<PlannedTrial, Case>();
  if (!(await waitFor(() => isCalm(opened), patienceOf(stage).healthyWithinMs, stage))) return undefined;
  await prepare(signal);
  const beganMs = clock.monotonic();
  const restUntil = (share: number): Promise<void> =>
    clock.sleep(Math.max(0, beganMs + share * baseline * intervalMs - clock.monotonic()), signal);
  for (const [index, trial] of healthy.entries()) {
    await restUntil((1 + (index + 1) / healthy.length) / 2);
    if (!isCalm(opened)) return undefined;
    // What is pretended is written nowhere but into a copy.
    using copy = scratchDatabase(opened.monitoring.database);
    const monitoring = { ...opened.monitoring, database: copy.database };
    windows.set(trial, await pretendedCase(trial, { ...opened, monitoring }, signal));
  }
  await restUntil(1);
  return isCalm(opened) ? windows : undefined;
}

/** One traffic for all: that of the first. */
function trafficOf([first]: readonly PlannedTrial[]): { readonly seed: number; readonly strength: number } {
  return { seed: first?.seed ?? 0, strength: first?.load ?? 1 };
}
