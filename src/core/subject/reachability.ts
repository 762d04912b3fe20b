/** What a probe that got no usable answer says of its component, in words that are the same for every subject. */

import type { ComponentId } from "../words/ids.ts";
import type { ProbeFailure } from "../words/probe-outcome.ts";
import type { CheckContext, Judgement } from "./invariant.ts";
import type { Failure } from "./probe.ts";

/** A component that should answer, and how its probe went. */
export interface Reach {
  readonly component: ComponentId;
  readonly address: string;
  /** Absent where it answered as it should. */
  readonly failure: Failure | undefined;
}

/** All but entity and component of a violated judgement. */
export type Unreached = Pick<Judgement<ProbeFailure>, "reason" | "word" | "summary" | "evidence"> & {
  readonly verdict: "violated";
};

const PHRASES: Readonly<Record<ProbeFailure, string>> = {
  refused: "connection refused",
  unreachable: "no way to it",
  "timed-out": "no answer in time",
  "incomplete-answer": "an answer that is not complete",
  "refused-access": "access refused",
  "server-error": "answers with an error",
  "foreign-answer": "answers, but not as it should",
  "wrong-identity": "something else answers there",
  failed: "not read",
};

/** Why a component does not answer as itself; `undefined` where it does. */
export function unreached(
  { component, address, failure }: Reach,
  { displaced }: Pick<CheckContext<object>, "displaced">,
): Unreached | undefined {
  const why = displaced.get(component);
  if (!failure && why === undefined) return undefined;
  const reason = why === undefined ? (failure?.outcome ?? "failed") : "wrong-identity";
  const word = failure?.word;
  const details = [why, failure?.failed].filter((detail) => detail !== undefined).join("; ");
  const said = word === undefined ? PHRASES[reason] : `${PHRASES[reason]} (${word})`;
  return {
    verdict: "violated",
    reason,
    ...(word !== undefined && { word }),
    summary: `${component} at ${address}: ${said}: ${details}`,
    evidence: { address, probe: failure?.outcome ?? "answered", ...(word !== undefined && { word }) },
  };
}
