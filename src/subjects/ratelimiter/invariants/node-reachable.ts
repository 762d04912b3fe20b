/** Judges the probe itself: a node that should be there and does not answer is violated at the first look. */

import { type Judgement, judgeEach } from "../../../core/subject/invariant.ts";
import { invariant, type NodeReading } from "../observation.ts";

/** Every node that should be there answers and takes checks. */
export const nodeReachable = invariant({
  id: "node-reachable",
  severity: "critical",
  graceMs: 15_000,
  rationale: "A node that is gone, hangs or drains unasked leaves its share of the checks to the others.",
  needs: ["nodes"],
  reasons: ["answers", "draining", "refused", "timed-out", "foreign-answer"],
  check: ({ nodes }) => judgeEach(nodes, judgeNode),
});

const SILENCE = { refused: "is gone", "timed-out": "hangs", failed: "does not answer as a node" } as const;

const REASONS = { refused: "refused", "timed-out": "timed-out", failed: "foreign-answer" } as const;

type Reason = "answers" | "draining" | (typeof REASONS)[keyof typeof REASONS];

function judgeNode({ component, address, drained, health }: NodeReading): Judgement<Reason> {
  const judgement = { entity: component, on: component };
  if ("failed" in health) {
    const summary = `Node at "${address}" ${SILENCE[health.outcome]}: ${health.failed}`;
    const reason = REASONS[health.outcome];
    return { ...judgement, verdict: "violated", reason, summary, evidence: { address, probe: health.outcome } };
  }
  const { draining } = health.value;
  const evidence = { address, probe: "answered", draining, drainingIsMeant: drained };
  if (draining && !drained) {
    const summary = `Node at "${address}" is draining, expected it to take checks`;
    return { ...judgement, verdict: "violated", reason: "draining", summary, evidence };
  }
  return { ...judgement, verdict: "holds", reason: "answers", summary: `Node at "${address}" answers`, evidence };
}
