/** Judges the probe itself: a node that should be there and does not answer is violated at the first look. */

import { type Invariant, type Judgement, judgeEach } from "../../../core/invariant.ts";
import type { NodeReading, RateLimiterObservation } from "../observation.ts";

/** Every node that should be there answers and takes checks. */
export const nodeReachable: Invariant<RateLimiterObservation> = {
  id: "node-reachable",
  severity: "critical",
  graceMs: 15_000,
  rationale: "A node that is gone, hangs or drains unasked leaves its share of the checks to the others.",
  check: ({ nodes }) => judgeEach(nodes, judgeNode),
};

const SILENCE = { refused: "is gone", "timed-out": "hangs", failed: "does not answer as a node" } as const;

function judgeNode({ component, address, drained, health }: NodeReading): Judgement {
  const judgement = { entity: component, on: component };
  if ("failed" in health) {
    const summary = `Node at "${address}" ${SILENCE[health.outcome]}: ${health.failed}`;
    return { ...judgement, verdict: "violated", summary, evidence: { address, probe: health.outcome } };
  }
  const { draining } = health.value;
  const evidence = { address, probe: "answered", draining, drainingIsMeant: drained };
  if (draining && !drained) {
    const summary = `Node at "${address}" is draining, expected it to take checks`;
    return { ...judgement, verdict: "violated", summary, evidence };
  }
  return { ...judgement, verdict: "holds", summary: `Node at "${address}" answers`, evidence };
}
