/** Who did something: every transition and every audit row names one. */

/** Kinds of doers; only a person may hold, unhold and reopen. */
export const ACTOR_KINDS = ["monitor", "agent", "executor", "person"] as const;

/** Kind of doer. */
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** Kind and name of a doer, for instance `person/ada` or `monitor/host:4711`. */
export type Actor = `${ActorKind}/${string}`;

/** The kind before the slash. */
export function actorKind(actor: Actor): ActorKind {
  return ACTOR_KINDS.find((kind) => actor.startsWith(`${kind}/`)) ?? "person";
}
