/** Judges the probe itself: a node that should be there and does not answer is violated at the first look. */

import { type CheckContext, type Judgement, judgeEach } from "../../../core/subject/invariant.ts";
import { unreached } from "../../../core/subject/reachability.ts";
import { PROBE_FAILURES, type ProbeFailure } from "../../../core/words/probe-outcome.ts";
import { invariant, type NodeReading } from "../observation.ts";

/** Every node that should be there answers and takes checks. */
export const nodeReachable = invariant({
  id: "node-reachable",
  severity: "critical",
  symptom: "unreachable",
  graceMs: 15_000,
  rationale: "A node that is down, hangs or drains unintentionally leaves its share of the checks to the others.",
  needs: ["nodes"],
  reasons: ["answers", "draining", ...PROBE_FAILURES],
  check: ({ nodes }, context) => judgeEach(nodes, (node) => judgeNode(node, context)),
});

type Reason = "answers" | "draining" | ProbeFailure;

function judgeNode(
  { component, address, drained, health }: NodeReading,
  context: Pick<CheckContext<object>, "displaced">,
): Judgement<Reason> {
  const judgement = { entity: component, on: component };
  const trouble = unreached({ component, address, failure: "failed" in health ? health : undefined }, context);
  if (trouble) return { ...judgement, ...trouble };
  const draining = "value" in health && health.value.draining;
  const evidence = { address, probe: "answered", draining, drainingIsMeant: drained };
  if (draining && !drained) {
    const summary = `${component} at ${address} is draining, expected in service`;
    return { ...judgement, verdict: "violated", reason: "draining", summary, evidence };
  }
  return { ...judgement, verdict: "holds", reason: "answers", summary: `${component} at ${address} answers`, evidence };
}
