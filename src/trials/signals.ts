/** The doctor's check without faults: whether every signal that the invariants need is present. */

import type { Checkup } from "../core/subject/checkup.ts";
import { NO_TRAFFIC } from "../core/subject/invariant.ts";
import type { InvariantInfo } from "../core/subject/subject.ts";
import { OWN_INVARIANTS } from "../core/tickets/own-invariants.ts";
import { judgeAnswering } from "../core/tickets/self-check.ts";
import type { OpenSubject } from "../runtime/subjects/open-subject.ts";
import { warmUp } from "../runtime/warm-up.ts";

/** What one invariant could judge on the live system. */
export interface SignalCheck {
  readonly invariant: string;
  /** How many entities it could judge. */
  readonly judged: number;
  /** Why it could not judge others, each reason once. */
  readonly missing: readonly string[];
}

/**
 * Looks at a live system, itself included: whether its sources answer.
 * @throws {ProbeError} If nothing answers.
 */
export async function examineSignals(opened: OpenSubject, signal: AbortSignal): Promise<readonly SignalCheck[]> {
  const { invariants, instance } = opened.monitoring;
  await warmUp(opened, signal);
  const checkup = await opened.session.look({ signal });
  const answering = judgeAnswering({ name: instance.name, sources: checkup.sources, atMs: checkup.startedAtMs });
  const judged = { ...checkup, judgements: [...checkup.judgements, ...answering] };
  const own = OWN_INVARIANTS.filter(({ id }) => judged.judgements.some(({ invariant }) => invariant === id));
  return checkSignals(judged, [...invariants, ...own]);
}

/** One row per invariant; an invariant that judges nothing has no signal at all. */
export function checkSignals({ judgements }: Checkup, invariants: readonly InvariantInfo[]): readonly SignalCheck[] {
  return invariants.map(({ id }) => {
    const own = judgements.filter(({ invariant }) => invariant === id);
    const unknown = own.filter(({ verdict, reason }) => verdict === "unknown" && reason !== NO_TRAFFIC);
    const missing =
      own.length === 0 ? ["nothing to judge was found"] : [...new Set(unknown.map(({ summary }) => summary))];
    return { invariant: id, judged: own.length - unknown.length, missing };
  });
}
