/** Judges the nodes' own clocks by what they told the register, each beside the time of Redis at that moment. */

import { type Invariant, type Judgement, judgeEach } from "../../../core/invariant.ts";
import type { NodeReading, RateLimiterObservation } from "../observation.ts";
import type { Register } from "../replies.ts";

/** Every node's clock agrees with that of Redis. */
export const clockAgreement: Invariant<RateLimiterObservation> = {
  id: "clock-agreement",
  severity: "warning",
  graceMs: 15_000,
  rationale: "Logs, and counts in local mode, of a node with a wrong clock cannot be set beside those of others.",
  thresholds: {
    // A reading that took half a second could be wrong by a quarter of one.
    offsetMs: { default: 1000, description: "How far a clock may be off, the error of reading it included" },
  },
  check: ({ nodes, register }, { offsetMs = 0 }) => judgeEach(nodes, (node) => judgeNode(node, register, offsetMs)),
};

function judgeNode(
  { component, id }: NodeReading,
  register: RateLimiterObservation["register"],
  mostMs: number,
): Judgement {
  const judgement = { entity: component, on: component };
  const entry = entryOf(register, id);
  if (typeof entry === "string") {
    return {
      ...judgement,
      verdict: "unknown",
      summary: `Cannot tell the clock of ${component}: ${entry}`,
      evidence: {},
    };
  }
  const { clockOffsetMs: offsetMs, heartbeatAgeMs } = entry;
  const agrees = Math.abs(offsetMs) <= mostMs;
  const off = `Clock of ${component} is ${Math.abs(offsetMs)} ms ${offsetMs < 0 ? "behind" : "ahead of"} Redis`;
  return {
    ...judgement,
    verdict: agrees ? "holds" : "violated",
    summary: agrees ? off : `${off}, expected at most ${mostMs} ms`,
    evidence: { offsetMs, heartbeatAgeMs, limitMs: mostMs },
  };
}

function entryOf(register: RateLimiterObservation["register"], id: string): Register[number] | string {
  if ("failed" in register) return register.failed;
  return register.value.find((entry) => entry.id === id) ?? "it is not in the register";
}
