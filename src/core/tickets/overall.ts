/** One word for a whole instance. */

import type { Verdict } from "../words/verdict.ts";
import type { EntityState } from "./entity-state.ts";
import { ANSWERS_PROBES } from "./self-check.ts";

/** How many entity states have which verdict. */
export interface VerdictCounts {
  readonly holds: number;
  readonly violated: number;
  readonly unknown: number;
}

/** Counts verdicts. */
export function countVerdicts(entityStates: Iterable<Pick<EntityState, "verdict">>): VerdictCounts {
  const counts = { holds: 0, violated: 0, unknown: 0 };
  for (const { verdict } of entityStates) counts[verdict] += 1;
  return counts;
}

/** Violated where anything is, else unknown where anything is; being blind is unknown, and so is having nothing to judge. */
export function overallVerdict(entityStates: Iterable<Pick<EntityState, "invariant" | "verdict">>): Verdict {
  const verdicts = [...entityStates].map(({ invariant, verdict }) =>
    invariant === ANSWERS_PROBES.id && verdict === "violated" ? "unknown" : verdict,
  );
  if (verdicts.includes("violated")) return "violated";
  return verdicts.length === 0 || verdicts.includes("unknown") ? "unknown" : "holds";
}
