/** The invariants that hold for every subject, judged by core itself. */

import { COMPONENT_IDENTITY_ID } from "../subject/deployed.ts";
import { MEMBERSHIP_ID, MEMBERSHIP_REASONS } from "../subject/membership.ts";
import type { InvariantInfo } from "../subject/subject.ts";
import { ANSWERS_PROBES } from "./self-check.ts";

/** Every component is the one that it is taken for: by its address, and by what it says of itself. */
const COMPONENT_IDENTITY: InvariantInfo = {
  id: COMPONENT_IDENTITY_ID,
  severity: "critical",
  graceMs: 15_000,
  rationale: "A process that answers in place of another is watched, repaired and diagnosed under the wrong name.",
  thresholds: {},
  everyMs: 0,
  symptom: "identity",
  reasons: ["agrees", "wrong-identity", "foreign-address", "not-told", "not-read"],
};

/** Nothing registers as a member that is not expected. */
const MEMBERSHIP: InvariantInfo = {
  id: MEMBERSHIP_ID,
  severity: "warning",
  graceMs: 15_000,
  rationale: "An unexpected member takes part without being watched or repaired.",
  thresholds: {},
  everyMs: 0,
  symptom: "identity",
  reasons: MEMBERSHIP_REASONS,
};

/** All of them, for a subject whose register of members is read every so many milliseconds. */
export function ownInvariants(registerEveryMs: number): readonly InvariantInfo[] {
  return OWN_INVARIANTS.map((one) => (one === MEMBERSHIP ? { ...one, everyMs: registerEveryMs } : one));
}

/** All of them, for a subject of any pace. */
export const OWN_INVARIANTS: readonly InvariantInfo[] = [ANSWERS_PROBES, COMPONENT_IDENTITY, MEMBERSHIP];
