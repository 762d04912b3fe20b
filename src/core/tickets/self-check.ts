/** The monitor's one invariant of its own: blindness is a ticket too, but never one that says the system is unhealthy. */

import type { InvariantJudgement, SourceState } from "../subject/checkup.ts";
import type { InvariantInfo } from "../subject/subject.ts";
import type { EntityId } from "../words/ids.ts";

/** Something answers, and so does every source that is no component. */
export const ANSWERS_PROBES: InvariantInfo = {
  id: "answers-probes",
  severity: "critical",
  graceMs: 15_000,
  rationale: "A component that does not answer cannot be watched; no answer does not mean healthy.",
  thresholds: {},
  everyMs: 0,
  symptom: "blind",
  reasons: ["answers", "silent"],
};

/** What was learned of whether probes are answered. */
export interface Answering {
  /** Name of the instance. */
  readonly name: string;
  readonly sources: readonly SourceState[];
  /** Epoch milliseconds of the look. */
  readonly atMs: number;
  /** Why nothing was observed; absent where something was. */
  readonly failed?: string;
}

/** One judgement on the whole instance, and one on each source; where nothing answers, nothing is said of the sources. */
export function judgeAnswering({ name, sources, atMs, failed }: Answering): readonly InvariantJudgement[] {
  const whole = answer(`instance/${name}`, atMs, failed);
  return failed === undefined
    ? [
        whole,
        ...sources.map(({ name, failed, on }) => ({ ...answer(`source/${name}`, atMs, failed), ...(on && { on }) })),
      ]
    : [whole];
}

function answer(entity: EntityId, readAtMs: number, failed: string | undefined): InvariantJudgement {
  return {
    invariant: ANSWERS_PROBES.id,
    entity,
    on: entity,
    readAtMs,
    verdict: failed === undefined ? "holds" : "violated",
    reason: failed === undefined ? "answers" : "silent",
    summary: failed === undefined ? `${entity} answers` : `${entity} does not answer: ${failed}`,
    evidence: {},
  };
}
