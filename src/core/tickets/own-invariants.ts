/** The invariants that hold for every subject, judged by core itself. */

import { COMPONENT_IDENTITY_ID } from "../subject/deployed.ts";
import type { InvariantInfo } from "../subject/subject.ts";
import { ANSWERS_PROBES } from "./self-check.ts";

/** Every component is the one that it is taken for: by its address, and by what it says of itself. */
const COMPONENT_IDENTITY: InvariantInfo = {
  id: COMPONENT_IDENTITY_ID,
  severity: "critical",
  graceMs: 15_000,
  rationale: "What answers in the place of another is watched, repaired and blamed under the wrong name.",
  thresholds: {},
  everyMs: 0,
  symptom: "identity",
  reasons: ["agrees", "wrong-identity", "foreign-address", "not-told", "not-read"],
};

/** All of them. */
export const OWN_INVARIANTS: readonly InvariantInfo[] = [ANSWERS_PROBES, COMPONENT_IDENTITY];
