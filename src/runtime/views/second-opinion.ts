/** What another engine found of the same incident, where two have worked on it. */

import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";

/**
 * A diagnosis with the newest one of another engine set against it; as it is where its engine has heard another one already, or
 * none has answered.
 * @param all Those of the same incident, oldest first.
 */
export function withSecondOpinion(diagnosis: Diagnosis, all: readonly Diagnosis[]): Diagnosis {
  const other = all.findLast(({ engine }) => engine !== diagnosis.engine);
  if (diagnosis.secondOpinion || !other) return diagnosis;
  const { engine, atMs, cause } = other;
  return { ...diagnosis, secondOpinion: { engine, atMs, ...(cause && { cause }) } };
}
