/** What a mechanism is to the rules: what would have to be so, and what refutes it. Which symptoms it brings about is in `core/diagnosis/symptoms.ts`. */

import type { Claim, Evidence, Predicate } from "../../../core/diagnosis/claims/mod.ts";
import type { Proposition } from "../../../core/diagnosis/hypothesis.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import type { Mechanism } from "../../../core/words/mechanism.ts";
import type { Case } from "../../case/case.ts";

/** What the rules read. */
export interface Brief {
  readonly case: Case;
  /** The case's evidence, and what was found at the desk. */
  readonly evidence: Evidence;
}

/** One generic failure mechanism. */
export interface MechanismRule {
  readonly id: Mechanism;
  /** The claims that decide whether a component failed in this way; `undefined` where nothing hints at it. */
  readonly propose: (component: ComponentId, brief: Brief) => Omit<Proposition, "component" | "mechanism"> | undefined;
}

/** The hypothesis of one mechanism at one component. */
export function propositionOf(
  { id: mechanism, propose }: MechanismRule,
  component: ComponentId,
  brief: Brief,
): readonly Proposition[] {
  const proposed = propose(component, brief);
  return proposed ? [{ component, mechanism, ...proposed }] : [];
}

/** A claim for the hypothesis. */
export function supports(predicate: Predicate): Claim {
  return { side: "for", predicate };
}

/** A claim against the hypothesis. */
export function refutes(predicate: Predicate): Claim {
  return { side: "against", predicate };
}

/** A field of a component has that value. */
export function stateIs(component: ComponentId, path: string, value: string): Predicate {
  return { kind: "state-is", component, path, comparison: "is", value };
}
