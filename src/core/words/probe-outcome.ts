/** How a probe of one component ended: the closed list from which invariants on reachability take their reasons. */

/** Ways to end although something answered: it has neither crashed nor hung. */
const UNUSABLE_ANSWERS = [
  /** An answer began and broke off, or was not complete in time. */
  "incomplete-answer",
  /** It answers, and lets this observer do nothing. */
  "refused-access",
  /** It answers that it cannot do what is asked. */
  "server-error",
  /** What answers does not speak as the component does. */
  "foreign-answer",
  /** Another component, or another process, answers in its place. */
  "wrong-identity",
] as const;

/** Ways to end without a usable answer. */
export const PROBE_FAILURES = [
  /** Nothing listens. */
  "refused",
  /** The host is not known, or there is no way to it. */
  "unreachable",
  /** Nothing came back in time. */
  "timed-out",
  ...UNUSABLE_ANSWERS,
  /** None of these is known. */
  "failed",
] as const;

/** How a probe ended that got no usable answer. */
export type ProbeFailure = (typeof PROBE_FAILURES)[number];

/** How the observer's own probe of a component went. */
export type ProbeOutcome = "answered" | ProbeFailure;

/** Outcomes in which something answered, usable or not. */
export const ANSWERING: readonly ProbeOutcome[] = ["answered", ...UNUSABLE_ANSWERS];

/** Whether something answered, usable or not. */
export function isAnswer(outcome: ProbeOutcome): boolean {
  return ANSWERING.includes(outcome);
}
