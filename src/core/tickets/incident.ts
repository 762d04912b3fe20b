/** Incidents: tickets that began together and touch, from open to resolved, with every transition on record. */

import { type Actor, actorKind } from "../words/actor.ts";
import type { CauseState, ClosingRecord } from "./closing.ts";

/** Where an incident can be. */
export const INCIDENT_STATES = [
  "open",
  "investigating",
  "diagnosed",
  "awaiting-approval",
  "acting",
  "verifying",
  "resolved",
  "escalated",
] as const;

/** Where an incident is. */
export type IncidentState = (typeof INCIDENT_STATES)[number];

/** What made it end. */
export type Outcome = "action" | "person" | "itself" | "merged";

/** What the agent works on. */
export interface Incident {
  readonly id: number;
  /** Id of the instance it belongs to. */
  readonly instance: number;
  readonly state: IncidentState;
  /** One line that names what it is about. */
  readonly title: string;
  /** Epoch milliseconds of the first violation among its tickets. */
  readonly beganAtMs: number;
  /** Epoch milliseconds. */
  readonly openedAtMs: number;
  /** Epoch milliseconds; absent until it is resolved. */
  readonly resolvedAtMs?: number;
  readonly outcome?: Outcome;
  /** The incident that it was split off from, whose budget it shares. */
  readonly splitFrom?: number;
  /** The incident whose cause it has: it is shown under that one and runs nothing of its own. */
  readonly linkedTo?: number;
  /** The incident that a person has merged it into. */
  readonly mergedInto?: number;
  /** What is remembered of its claims while it recovers. */
  readonly closing?: ClosingRecord;
}

/** One row of an incident's history; the first has no `from`. Where both ends are the same it is a note, not a move. */
export interface IncidentTransition {
  readonly id: number;
  readonly incident: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly from?: IncidentState;
  readonly to: IncidentState;
  readonly actor: Actor;
  readonly reason: string;
}

/** What decides whether an incident may close. */
export interface ClosingFacts {
  readonly openTickets: number;
  readonly causeState: CauseState;
}

/** Escalated is not final; resolved is. Back to `open` goes what a crashed agent has left. */
const NEXT: Readonly<Record<IncidentState, readonly IncidentState[]>> = {
  open: ["investigating", "escalated", "resolved"],
  investigating: ["diagnosed", "open", "escalated", "resolved"],
  diagnosed: ["awaiting-approval", "acting", "investigating", "escalated", "resolved"],
  "awaiting-approval": ["acting", "diagnosed", "investigating", "escalated", "resolved"],
  acting: ["verifying", "diagnosed", "escalated"],
  verifying: ["resolved", "acting", "diagnosed", "investigating", "escalated"],
  escalated: ["investigating", "resolved"],
  resolved: [],
};

/** Whether an incident may go from one state to the other. */
export function mayMove(from: IncidentState, to: IncidentState): boolean {
  return NEXT[from].includes(to);
}

/** Why an incident must not close yet, or `undefined` when it may: recovered is not repaired. */
export function closingRefusal({ openTickets, causeState }: ClosingFacts): string | undefined {
  if (openTickets > 0) return `${openTickets} of its tickets ${openTickets === 1 ? "is" : "are"} open`;
  if (causeState === "present") return "its cause still holds";
  return causeState === "unknown" ? "it is unknown whether its cause still holds" : undefined;
}

/** What an end is owed to: a verified action, else a person who took part, else nothing that was done. */
export function outcomeOf(state: IncidentState, actors: readonly Actor[]): Outcome {
  if (state === "verifying") return "action";
  return actors.some((actor) => actorKind(actor) === "person") ? "person" : "itself";
}
