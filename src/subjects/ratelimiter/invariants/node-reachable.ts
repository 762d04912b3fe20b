/** Judges the probe itself: a node that should be there and does not answer is violated at the first look. */

import { type Invariant, type Judgement, judgeEach } from "../../../core/invariant.ts";
import type { NodeReading, RateLimiterObservation } from "../observation.ts";

/** Every node that should be there answers. */
export const nodeReachable: Invariant<RateLimiterObservation> = {
  id: "node-reachable",
  severity: "critical",
  graceMs: 15_000,
  rationale: "Each node that is gone leaves its share of the checks to the others.",
  check: ({ nodes }) => judgeEach(nodes, judgeNode),
};

function judgeNode({ component, address, health }: NodeReading): Judgement {
  const answers = "value" in health;
  return {
    entity: component,
    on: component,
    verdict: answers ? "holds" : "violated",
    summary: answers ? `Node at "${address}" answers` : `Node at "${address}" does not answer: ${health.failed}`,
    evidence: { address, probe: answers ? "answered" : health.outcome },
  };
}
