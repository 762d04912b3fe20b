/** What an engine made of an incident, of which a test says only what it is about. */

import type { Predicate } from "../../src/core/diagnosis/claims/mod.ts";
import type { Diagnosis } from "../../src/core/diagnosis/diagnosis.ts";
import type { Cause } from "../../src/core/diagnosis/explains.ts";
import type { CauseVerdict } from "../../src/core/diagnosis/hypothesis.ts";

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
