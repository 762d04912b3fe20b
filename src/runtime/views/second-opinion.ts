/** The diagnosis of another engine for the same incident, if two have worked on it. */

import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";

/**
 * A diagnosis compared with the newest one of another engine; unchanged if its engine already had that one, or there is
 * none.
 * @param all Those of the same incident, oldest first.
 */
export function withSecondOpinion(diagnosis: Diagnosis, all: readonly Diagnosis[]): Diagnosis {
  const other = all.findLast(({ engine }) => engine !== diagnosis.engine);
  if (diagnosis.secondOpinion || !other) return diagnosis;
  const { engine, atMs, cause } = other;
  return { ...diagnosis, secondOpinion: { engine, atMs, ...(cause && { cause }) } };
}
