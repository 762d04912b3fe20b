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
  unreachable: "no route to host",
  "timed-out": "no answer in time",
  "incomplete-answer": "incomplete answer",
  "refused-access": "access refused",
  "server-error": "error response",
  "foreign-answer": "unexpected answer",
  "wrong-identity": "another process answers there",
  failed: "not read",
};

/** A way in which a probe ended without a usable answer, as a person reads it. */
export function phraseOf(failure: ProbeFailure): string {
  return PHRASES[failure];
}

const UNKNOWN_HOST = /^(?:ENOTFOUND|EAI_AGAIN)$/;

/** Of these the reason alone says little: what came back says more. */
const TELLING: ReadonlySet<ProbeFailure> = new Set([
  "incomplete-answer",
  "server-error",
  "foreign-answer",
  "wrong-identity",
  "failed",
]);

/** Why a component does not answer as itself; `undefined` where it does. */
export function unreached(
  { component, address, failure }: Reach,
  { displaced }: Pick<CheckContext<object>, "displaced">,
): Unreached | undefined {
  const why = displaced.get(component);
  if (!failure && why === undefined) return undefined;
  const reason = why === undefined ? (failure?.outcome ?? "failed") : "wrong-identity";
  const word = failure?.word;
  const phrase = UNKNOWN_HOST.test(word ?? "") ? "host name not found" : PHRASES[reason];
  const said = word === undefined ? phrase : `${phrase} (${word})`;
  const more = why ?? (TELLING.has(reason) ? failure?.failed : undefined);
  return {
    verdict: "violated",
    reason,
    ...(word !== undefined && { word }),
    summary: `${component} at ${address}: ${said}${more === undefined ? "" : `: ${more}`}`,
    evidence: {
      address,
      probe: failure?.outcome ?? "answered",
      ...(word !== undefined && { word }),
      ...(failure && { detail: failure.failed }),
    },
  };
}
