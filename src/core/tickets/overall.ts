/** One word for a whole instance. */

import type { Verdict } from "../words/verdict.ts";
import { ANSWERS_PROBES } from "./blindness.ts";
import type { Track } from "./track.ts";

/** How many tracks have which verdict. */
export interface VerdictCounts {
  readonly holds: number;
  readonly violated: number;
  readonly unknown: number;
}

/** Counts verdicts. */
export function countVerdicts(tracks: Iterable<Pick<Track, "verdict">>): VerdictCounts {
  const counts = { holds: 0, violated: 0, unknown: 0 };
  for (const { verdict } of tracks) counts[verdict] += 1;
  return counts;
}

/** Violated where anything is, else unknown where anything is; being blind is unknown, and so is having nothing to judge. */
export function overallVerdict(tracks: Iterable<Pick<Track, "invariant" | "verdict">>): Verdict {
  const verdicts = [...tracks].map(({ invariant, verdict }) =>
    invariant === ANSWERS_PROBES.id && verdict === "violated" ? "unknown" : verdict,
  );
  if (verdicts.includes("violated")) return "violated";
  return verdicts.length === 0 || verdicts.includes("unknown") ? "unknown" : "holds";
}
