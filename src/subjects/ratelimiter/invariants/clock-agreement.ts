/** Judges the nodes' own clocks by what they told the register, each beside the time of Redis at that moment. */

import { type Judgement, judgeEach } from "../../../core/subject/invariant.ts";
import type { Register } from "../client/replies.ts";
import { invariant, type NodeReading } from "../observation.ts";

/** Every node's clock agrees with that of Redis. */
export const clockAgreement = invariant({
  id: "clock-agreement",
  severity: "warning",
  symptom: "clock",
  graceMs: 15_000,
  rationale: "Logs, and counts in local mode, of a node with a wrong clock cannot be set beside those of others.",
  thresholds: {
    // A reading that took half a second could be wrong by a quarter of one.
    offsetMs: { default: 1000, description: "How far a clock may be off, the error of reading it included" },
  },
  needs: ["nodes", "register"],
  reasons: ["agrees", "clock-off", "not-registered", "row-unreadable"],
  check: ({ nodes, register }, { thresholds: { offsetMs = 0 } }) =>
    judgeEach(nodes, (node) => judgeNode(node, register, offsetMs)),
});

type Reason = "agrees" | "clock-off" | "not-registered" | "row-unreadable";

function judgeNode({ component, id }: NodeReading, register: Register, mostMs: number): Judgement<Reason> {
  const judgement = { entity: component, on: component };
  const entry = register.rows.find((one) => one.id === id);
  if (!entry) return { ...judgement, verdict: "unknown", ...absence(component, register) };
  const { clockOffsetMs: offsetMs, heartbeatAgeMs } = entry;
  const agrees = Math.abs(offsetMs) <= mostMs;
  const off = `Clock of ${component} is ${Math.abs(offsetMs)} ms ${offsetMs < 0 ? "behind" : "ahead of"} Redis`;
  return {
    ...judgement,
    verdict: agrees ? "holds" : "violated",
    reason: agrees ? "agrees" : "clock-off",
    summary: agrees ? off : `${off}, expected at most ${mostMs} ms`,
    evidence: { offsetMs, heartbeatAgeMs, limitMs: mostMs },
  };
}

function absence(
  component: string,
  { unreadable }: Register,
): Pick<Judgement<Reason>, "reason" | "summary" | "evidence"> {
  if (unreadable === 0) {
    const summary = `${component}: clock unknown, it is not in the register`;
    return { reason: "not-registered", summary, evidence: {} };
  }
  const summary = `${component}: clock unknown, rows of the register that cannot be read: ${unreadable}`;
  return { reason: "row-unreadable", summary, evidence: { unreadable } };
}
