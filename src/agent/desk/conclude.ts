/** Makes a conclusion of what is in the notebook: what code can say by itself no engine needs to write. */

import type { Evidence } from "../../core/diagnosis/claims/mod.ts";
import { CONFIDENCE_CAP, type Conclusion, type RejectedOption } from "../../core/diagnosis/diagnosis.ts";
import { CAUSE_VERDICTS, isRuledOut } from "../../core/diagnosis/hypothesis.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { Case } from "../case/case.ts";
import { blindSpotsOf, stateChangesOf, touchedBy } from "../case/evidence.ts";
import type { Weighed } from "./notebook.ts";

/** What an engine says at the end; what it leaves out is filled in by code. */
export interface Draft {
  readonly engine: string;
  /** Id of the hypothesis that is the cause; absent where none is carried. */
  readonly cause?: string;
  readonly observation?: string;
  readonly affected?: readonly ComponentId[];
  readonly propagation?: readonly Conclusion["propagation"][number][];
  /** What could not be seen, besides what code finds missing. */
  readonly unknowns?: readonly string[];
  /** 0 to 1. @default the highest that the claims allow */
  readonly confidence?: number;
}

/** What a conclusion is made of. */
export interface Concluding {
  readonly case: Case;
  readonly evidence: Evidence;
  /** All of them, the most likely first. */
  readonly hypotheses: readonly Weighed[];
}

/** The whole conclusion. A cause that its claims do not carry is left for the gate to rule out. */
export function concludeFrom(draft: Draft, concluding: Concluding): Conclusion {
  const { evidence, hypotheses } = concluding;
  const cause = hypotheses.find(({ id }) => id === draft.cause);
  const affected = draft.affected ?? affectedBy(cause, concluding);
  const options = hypotheses
    .filter(({ id }) => id !== draft.cause)
    .toSorted((a, b) => CAUSE_VERDICTS.indexOf(a.verdict) - CAUSE_VERDICTS.indexOf(b.verdict));
  return {
    engine: draft.engine,
    atMs: evidence.now.picture.atMs,
    observation: draft.observation ?? observationOf(concluding),
    timeline: [...evidence.timeline],
    ...(cause && { cause: bare(cause) }),
    affected: [...affected],
    propagation: [...(draft.propagation ?? propagationOf(cause, affected, concluding))],
    options: options.map((option) => rejected(option, cause)),
    confidence: draft.confidence ?? CONFIDENCE_CAP[cause?.verdict ?? "inconclusive"],
    unknowns: [...(draft.unknowns ?? []), ...unknownsOf(cause, concluding)],
  };
}

function affectedBy(cause: Weighed | undefined, { case: given }: Concluding): readonly ComponentId[] {
  const touched = touchedBy(given);
  const troubled = stateChangesOf(given).filter(({ component, now }) => now !== "up" && touched.has(component));
  const named = [...given.tickets.map(({ on }) => on), ...troubled.map(({ component }) => component)];
  return [...new Set(named)].filter((id) => id !== cause?.component);
}

function propagationOf(
  cause: Weighed | undefined,
  affected: readonly ComponentId[],
  { case: { topology } }: Concluding,
): Conclusion["propagation"] {
  if (!cause) return [];
  return topology.links
    .filter(({ from, to }) => to === cause.component && affected.includes(from))
    .map(({ from, to, kind }) => ({ from: to, to: from, how: `${from} depends on ${to} by ${kind}` }));
}

function rejected(option: Weighed, cause: Weighed | undefined): RejectedOption {
  return { ...bare(option), rejectedBecause: option.rejectedBecause ?? objectionTo(option, cause) };
}

function bare({ component, mechanism, summary, claims, verdict, by }: Weighed) {
  return { component, mechanism, summary, claims, verdict, ...(by !== undefined && { by }) };
}

/** What speaks against it most: what refutes it, else what it claims and is false, else what was never seen. */
function objectionTo({ claims, verdict }: Weighed, cause: Weighed | undefined): string {
  const refuting = claims.find(({ side, outcome }) => side === "against" && outcome === "true");
  if (refuting) return refuting.figure;
  const ruledOut = claims.find((claim) => claim.side === "for" && isRuledOut(claim));
  if (ruledOut) return ruledOut.figure;
  if (verdict === "inconclusive") return "No evidence supports it";
  return `${cause?.mechanism ?? "another cause"} of ${cause?.component ?? "another component"} explains more`;
}

function observationOf({ case: { topology }, evidence: { now } }: Concluding): string {
  const violated = now.judgements.filter(({ verdict }) => verdict === "violated");
  const up = now.picture.components.filter(({ state }) => state === "up").length;
  const seen = `${up} of ${topology.components.length} components are up, ${violated.length} ${violated.length === 1 ? "judgement is" : "judgements are"} violated`;
  return violated.length > 0 ? `${seen}: ${violated.map(({ summary }) => summary).join("; ")}` : seen;
}

function unknownsOf(cause: Weighed | undefined, { case: given, evidence }: Concluding): readonly string[] {
  const touched = touchedBy(given);
  const elsewhere = evidence.now.picture.components.filter(({ id, state }) => state === "down" && !touched.has(id));
  const unseen = (cause?.claims ?? []).filter(({ outcome }) => outcome === "unknown").map(({ figure }) => figure);
  const unrelated = elsewhere.map(({ id }) => `${id} is down, and nothing links it to this trouble`);
  return [...unrelated, ...blindSpotsOf(given), ...unseen];
}
