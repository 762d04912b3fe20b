/** Judges the clocks of nodes and of Redis: each is compared with all others, so that a wrong clock of Redis does not look like wrong clocks of all nodes. */

import { type Judgement, judgeEach } from "../../../core/subject/invariant.ts";
import type { Read } from "../../../core/subject/probe.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import type { Register } from "../client/replies.ts";
import { type Clocks, compareClocks, toldOffsets } from "../clocks.ts";
import { invariant, type NodeReading } from "../observation.ts";

/** The clocks of all nodes and of all primaries of Redis agree. */
export const clockAgreement = invariant({
  id: "clock-agreement",
  severity: "warning",
  symptom: "clock",
  graceMs: 15_000,
  rationale: "Admission logs of nodes and counters of Redis primaries cannot be compared where their clocks disagree.",
  thresholds: {
    // A reading that took half a second could be wrong by a quarter of one.
    offsetMs: { default: 1000, description: "Largest clock offset, measurement error included" },
    steppedMs: { default: 60_000, description: "Time for which a step of the Redis clock is reported" },
  },
  needs: ["nodes"],
  // Without Redis, nodes still tell the time themselves.
  sees: ["redis", "register"],
  reasons: ["agrees", "clock-off", "clock-stepped", "not-registered", "row-unreadable", "register-unread"],
  check: ({ nodes, register, redis }, { thresholds: { offsetMs = 0, steppedMs = 0 }, atMs }) => {
    const clocks = "value" in register ? compareClocks(redis, register.value) : undefined;
    const told = toldOffsets(nodes);
    return [
      ...judgeEach(nodes, (node) => judgeNode(node, { register, clocks, told }, offsetMs)),
      ...(clocks?.primaries ?? []).map((one) => judgePrimary(one, { mostMs: offsetMs, sinceMs: atMs - steppedMs })),
    ];
  },
});

type Reason = "agrees" | "clock-off" | "clock-stepped" | "not-registered" | "row-unreadable" | "register-unread";

interface Known {
  readonly register: Read<Register>;
  readonly clocks: Clocks | undefined;
  /** Offsets of nodes from each other, for those that the register does not have. */
  readonly told: ReadonlyMap<ComponentId, number>;
}

function judgePrimary(
  { primary: { component, step }, offsetMs }: Clocks["primaries"][number],
  { mostMs, sinceMs }: { readonly mostMs: number; readonly sinceMs: number },
): Judgement<Reason> {
  const off = `${component}: clock ${aheadOf(offsetMs, "nodes and observer")}`;
  const judgement = {
    entity: component,
    on: component,
    evidence: { offsetMs, stepMs: step?.byMs ?? 0, limitMs: mostMs },
  };
  if (Math.abs(offsetMs) > mostMs) {
    const summary = `${off} (threshold ${mostMs} ms)`;
    return { ...judgement, verdict: "violated", reason: "clock-off", summary };
  }
  if (step && step.atMs > sinceMs && Math.abs(step.byMs) > mostMs) {
    const summary = `${component}: clock stepped by ${step.byMs} ms`;
    return { ...judgement, verdict: "violated", reason: "clock-stepped", summary };
  }
  return { ...judgement, verdict: "holds", reason: "agrees", summary: off };
}

function judgeNode({ component, id }: NodeReading, known: Known, mostMs: number): Judgement<Reason> {
  const judgement = { entity: component, on: component };
  const { register, clocks, told } = known;
  const entry = "value" in register ? register.value.rows.find((one) => one.id === id) : undefined;
  const ownMs = told.get(component);
  if (!entry && ownMs === undefined) return { ...judgement, verdict: "unknown", ...absence(component, register) };
  const ofRedisMs = entry?.clockOffsetMs ?? 0;
  const offsetMs = entry ? (clocks?.ofNode(ofRedisMs) ?? ofRedisMs) : (ownMs ?? 0);
  const agrees = Math.abs(offsetMs) <= mostMs;
  const off = `${component}: clock ${aheadOf(offsetMs, entry && !clocks ? "Redis" : "the others")}`;
  return {
    ...judgement,
    verdict: agrees ? "holds" : "violated",
    reason: agrees ? "agrees" : "clock-off",
    summary: agrees ? off : `${off} (threshold ${mostMs} ms)`,
    evidence: { offsetMs, ...(entry && { heartbeatAgeMs: entry.heartbeatAgeMs }), limitMs: mostMs },
  };
}

function aheadOf(offsetMs: number, whom: string): string {
  return `${Math.abs(Math.round(offsetMs))} ms ${offsetMs < 0 ? "behind" : "ahead of"} ${whom}`;
}

function absence(
  component: string,
  register: Read<Register>,
): Pick<Judgement<Reason>, "reason" | "summary" | "evidence"> {
  if ("failed" in register) {
    return { reason: "register-unread", summary: `${component}: clock unknown: ${register.failed}`, evidence: {} };
  }
  const { unreadable } = register.value;
  if (unreadable === 0) {
    const summary = `${component}: clock unknown, it is not in the register`;
    return { reason: "not-registered", summary, evidence: {} };
  }
  const summary = `${component}: clock unknown, the register has unreadable rows (${unreadable})`;
  return { reason: "row-unreadable", summary, evidence: { unreadable } };
}
