/** A short evaluation of a lab of its own: a few faults and healthy windows on one baseline. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { rules } from "../../../src/agent/engines/rules/mod.ts";
import type { Thresholds } from "../../../src/core/subject/invariant.ts";
import { bringUp } from "../../../src/deployments/mod.ts";
import { makeHome, removeHome } from "../../../src/io/files/home.ts";
import { loadLab } from "../../../src/runtime/subjects/labs.ts";
import { targetOf } from "../../../src/runtime/subjects/resolve-subject.ts";
import { runEval } from "../../../src/trials/eval/mod.ts";
import type { PlannedTrial } from "../../../src/trials/eval/plan.ts";
import type { TrialRow } from "../../../src/trials/eval/score.ts";
import { withShortGraces } from "../../../src/trials/prove-faults.ts";

/** What is tried on a lab. */
export interface LabTrials {
  readonly subject: string;
  readonly faults: readonly string[];
  /** How many windows of the baseline must not be diagnosed. */
  readonly healthy: number;
  readonly seed: number;
  /** By invariant; what other work on the same machine does is no fault of the subject. */
  readonly thresholds?: Readonly<Record<string, Thresholds>>;
}

/** As many readings as a level is compared with. */
const BASELINE = 60;

/** Brings a lab up, tries each fault once, and takes it down again. */
export async function tryLab(options: LabTrials, signal: AbortSignal): Promise<readonly TrialRow[]> {
  const { subject, faults, healthy, seed, thresholds = {} } = options;
  await using stack = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), "operator-eval-"));
  makeHome(home, { throwaway: true });
  stack.defer(() => removeHome(home));
  const lab = await loadLab(subject);
  const recipe = v.parse(lab.up, {});
  const deployment = await bringUp(
    { home, name: "eval", recipe, throwaway: true },
    { signal, onReady: () => undefined },
  );
  stack.defer(() => deployment.down());
  const rows: TrialRow[] = [];
  const trials = [
    ...faults.map((fault) => planned("fault", fault, [fault])),
    ...Array.from({ length: healthy }, (_, index) => planned("healthy", String(index + 1), [])),
  ];
  await runEval(
    { ...withShortGraces(await targetOf(deployment)), thresholds },
    {
      deployment,
      lab,
      engine: rules,
      trials: trials.map((trial, index) => ({ ...trial, seed: seed + index })),
      home,
      seed,
      intervalMs: 1000,
      baseline: BASELINE,
      oneBaseline: true,
      onRow: (row) => rows.push(row),
    },
    signal,
  );
  return rows;
}

function planned(kind: PlannedTrial["kind"], name: string, faults: readonly string[]): Omit<PlannedTrial, "seed"> {
  return { id: `${kind}/${name}`, kind, faults, load: 1, strength: 1.5 };
}
