/** What an engine made of an incident and what was proposed, of which a test says only what they are about. */

import type { Predicate } from "../../src/core/diagnosis/claims/mod.ts";
import type { Diagnosis } from "../../src/core/diagnosis/diagnosis.ts";
import type { Cause } from "../../src/core/diagnosis/explains.ts";
import type { CauseVerdict } from "../../src/core/diagnosis/hypothesis.ts";
import type { NewActionRun } from "../../src/database/mod.ts";

/** What is claimed for a cause, and how far that carries it. */
export interface Carried {
  readonly verdict?: CauseVerdict;
  readonly claims?: readonly Predicate[];
}

/** A diagnosis that names a cause. */
export function aDiagnosis(cause: Cause, { verdict = "confirmed", claims = [] }: Carried = {}): Diagnosis {
  const checked = claims.map((predicate) => {
    return { side: "for", predicate, outcome: "true", figure: "so", persistent: true } as const;
  });
  return {
    engine: "test",
    atMs: 0,
    observation: "",
    timeline: [],
    cause: { ...cause, summary: "", claims: checked, verdict },
    affected: [],
    propagation: [],
    options: [],
    suggestions: [],
    confidence: 0.9,
    unknowns: [],
  };
}

/** A run that was proposed for an incident, of some action on the component of its cause. */
export function pendingRun(
  incident: number,
  cause: Cause = { component: "node/1", mechanism: "crash" },
): Omit<NewActionRun, "instance" | "atMs"> {
  const { component } = cause;
  return {
    action: "start-component",
    input: { component },
    risk: "reversible",
    preview: { sends: "start", expectedEffect: "It runs", entities: [component], stops: [] },
    digest: "sha256:0",
    origin: { kind: "incident", incident, cause: { ...cause, summary: "", claims: [], verdict: "confirmed" } },
    actor: "agent/x",
    reason: "It stopped",
  };
}
