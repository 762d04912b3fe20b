/** Proposals: one action with its arguments that would repair one cause, from asked for to done, each run at most once. */

import type { Suggestion } from "../diagnosis/diagnosis.ts";
import type { Hypothesis } from "../diagnosis/hypothesis.ts";
import type { ActionPreview } from "../subject/action.ts";
import { isRunning, SLACK_MS } from "../system/term.ts";
import type { Actor } from "../words/actor.ts";
import type { Risk } from "../words/risk.ts";

/**
 * Where a proposal is: `helped` fixed its cause while something else is left, `ineffective` ran and did not fix it,
 * `failed` was refused, `interrupted` nobody knows.
 */
export type ProposalState =
  | "pending"
  | "running"
  | "verified"
  | "helped"
  | "ineffective"
  | "failed"
  | "interrupted"
  | "cancelled";

/** What is to be run, and for what reason. */
export interface ProposedAction {
  /** Id of an offered action. */
  readonly action: string;
  readonly input: unknown;
  readonly risk: Risk;
  /** What a person was shown. */
  readonly preview: ActionPreview;
  /** What it would repair; its persistent claims must still hold when it runs, and be gone afterwards. */
  readonly cause: Hypothesis;
  /** Of action, arguments and what would be sent; an approval is bound to it. */
  readonly digest: string;
}

/** What code finds against a cause: every action that would repair it, and the one to propose or why there is none. */
export type Consideration = { readonly suggestions: readonly Suggestion[] } & (
  | { readonly proposed: ProposedAction }
  | { readonly refused: string }
);

/** A proposed action on record. */
export interface Proposal extends ProposedAction {
  readonly id: number;
  /** Id of the instance it would act upon. */
  readonly instance: number;
  /** Id of the incident it belongs to. */
  readonly incident: number;
  readonly state: ProposalState;
  /** Epoch milliseconds. */
  readonly proposedAtMs: number;
  readonly proposedBy: Actor;
  /** Why it is where it is. */
  readonly reason: string;
}

/** Replaces a stored action that cannot be read. No approval matches it and no action has its name. */
export const UNREADABLE: ProposedAction = {
  action: "unreadable",
  input: null,
  risk: "destructive",
  preview: { sends: "nothing, for it cannot be read", expectedEffect: "None", entities: [], stops: [] },
  cause: {
    component: "action/unreadable",
    mechanism: "state-loss",
    summary: "What was on record cannot be read",
    claims: [],
    verdict: "inconclusive",
  },
  digest: "",
};

/** Whether a stored action could be read. */
export function isReadable({ digest }: Pick<ProposedAction, "digest">): boolean {
  return digest !== UNREADABLE.digest;
}

/** A person's yes to one exact action, good once and for a short time. */
export interface Approval {
  readonly id: number;
  readonly proposal: number;
  /** What was approved; it says nothing about anything else. */
  readonly digest: string;
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
  /** Epoch milliseconds; absent until it is spent. */
  readonly usedAtMs?: number;
}

/** Whether an approval can be spent; a clock that was put back does not make it last longer. */
export function isGood({ digest, atMs, expiresAtMs, usedAtMs }: Approval, of: string, nowMs: number): boolean {
  return digest === of && usedAtMs === undefined && isRunning({ fromMs: atMs, untilMs: expiresAtMs }, nowMs, 0);
}

/** Whether an approval could be good later than it should, because the clock was put back since it was given. */
export function isEarly({ atMs, expiresAtMs, usedAtMs }: Approval, nowMs: number): boolean {
  return usedAtMs === undefined && atMs < expiresAtMs && atMs > nowMs + SLACK_MS;
}

const NEXT: Readonly<Record<ProposalState, readonly ProposalState[]>> = {
  pending: ["running", "cancelled"],
  running: ["verified", "helped", "ineffective", "failed", "interrupted"],
  verified: [],
  helped: [],
  ineffective: [],
  failed: [],
  interrupted: [],
  cancelled: [],
};

/** Whether a proposal may go from one state to the other; what has run never runs again. */
export function mayAdvance(from: ProposalState, to: ProposalState): boolean {
  return NEXT[from].includes(to);
}
