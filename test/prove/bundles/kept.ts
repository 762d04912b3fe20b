/** Makes bundles of the cases that `prove eval` has kept: one for each fault, of its first round. */

import { join } from "node:path";
import * as v from "valibot";
import { Case, parseCase } from "../../../src/agent/case/case.ts";
import { loadLab } from "../../../src/runtime/subjects/labs.ts";
import { bundlesOf, diagnose, saidOf, writeBundle } from "../../agent/bundles.ts";
import { small } from "./small.ts";

const RECORDS = join(import.meta.dir, "../../../.operator");
const SEED = 1;
const Kept = v.object({
  truths: v.array(v.object({ component: v.string(), mechanism: v.string() })),
  cases: v.array(v.unknown()),
});

/** Writes a bundle for every fault of a lab of which a case was kept at a commit. */
export async function writeKept(subject: string, commit: string): Promise<void> {
  const { faults } = await loadLab(subject);
  for (const { id: fault } of faults) {
    const file = Bun.file(join(RECORDS, `eval-${subject}-${commit}-${SEED}`, `fault-${fault}-1.json`));
    if (!(await file.exists())) continue;
    const { truths, cases } = v.parse(Kept, await file.json());
    const given: Case | undefined = cases.slice(0, 1).map(parseCase)[0];
    if (!given) continue;
    const shown = small(given);
    const diagnosis = saidOf(await diagnose(shown));
    // Of several that are broken alike, the one that is named first is as right as any.
    const truth = truths.find(({ component }) => component === diagnosis?.component) ?? truths[0];
    if (truth) await writeBundle({ fault, seed: SEED, truth, diagnosis, case: shown }, bundlesOf(subject));
  }
}
