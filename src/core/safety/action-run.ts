/** An action run: one doing of one action, from proposed to verified. Each run has at most one effect. */

import type { Suggestion } from "../diagnosis/diagnosis.ts";
import type { Hypothesis } from "../diagnosis/hypothesis.ts";
import type { ActionPreview } from "../subject/action.ts";
import { isRunning, SLACK_MS } from "../system/term.ts";
import { InvalidInputError } from "../text/errors.ts";
import type { Actor } from "../words/actor.ts";
import type { Risk } from "../words/risk.ts";

/**
 * Where a run can be. `running` has its intent on record, `verifying` its effect. `helped` fixed its cause while something
 * else is left, `ineffective` did not fix it, or would not because its effect was there already, `harmful` broke something that held, `failed` was refused, `interrupted` may or
 * may not have had its effect, `overdue` was due while nothing could run it.
 */
export const RUN_STATES = [
  "pending",
  "running",
  "verifying",
  "verified",
  "helped",
  "ineffective",
  "harmful",
  "failed",
  "interrupted",
  "cancelled",
  "rejected",
  "overdue",
] as const;

/** Where a run is. */
export type RunState = (typeof RUN_STATES)[number];

/** A state that a run never leaves. */
export type RunEnd = Exclude<RunState, "pending" | "running" | "verifying">;

/** Why a run exists. Its preconditions and its verification follow from this. */
export type RunOrigin =
  /** Its persistent claims must hold when it runs, and be gone afterwards. */
  | { readonly kind: "incident"; readonly incident: number; readonly cause: Hypothesis }
  /** Somebody asked for its effect, whatever is wrong or not. */
  | { readonly kind: "person" }
  /** A step of something that was planned before. */
  | { readonly kind: "plan"; readonly plan: string };

/** What is to be run, word for word. */
export interface PlannedAction {
  /** Id of an offered action. */
  readonly action: string;
  readonly input: unknown;
  readonly risk: Risk;
  /** What a person is shown. */
  readonly preview: ActionPreview;
  /** Of action, arguments and what would be sent; an approval is bound to it. */
  readonly digest: string;
}

/** When a run may begin. */
export interface RunSchedule {
  /** Epoch milliseconds; it does not run before. */
  readonly dueAtMs?: number;
  /** Id of a run that must have been verified before. */
  readonly predecessor?: number;
}

/** How far a run is. */
export interface RunProgress {
  readonly state: RunState;
  /** Why it is where it is. */
  readonly reason: string;
  /** Epoch milliseconds at which its intent was on record. */
  readonly intendedAtMs?: number;
  /** Epoch milliseconds at which its effect was on record. */
  readonly effectAtMs?: number;
  /** Epoch milliseconds. */
  readonly endedAtMs?: number;
}

/** What was read before the effect, so that verification and roll-back are the same after a crash. */
export interface BeforeRun {
  /** What the action's `capture` read. */
  readonly captured?: unknown;
  /** Keys of the entities that did not hold already; absent where nothing answered. */
  readonly unhealthy?: readonly string[];
}

/** An action run on record. */
export interface ActionRun extends PlannedAction, RunSchedule, RunProgress {
  readonly id: number;
  /** Id of the instance it acts upon. */
  readonly instance: number;
  readonly origin: RunOrigin;
  /** Epoch milliseconds. */
  readonly proposedAtMs: number;
  readonly proposedBy: Actor;
  /** Why a pending run that is permitted does not begin, as the last look showed it. */
  readonly obstacle?: string;
  /** Absent before its intent. */
  readonly before?: BeforeRun;
}

/** An action that fixes causes of a kind, and not this one. */
export interface RuledOut {
  /** Id of the action. */
  readonly action: string;
  /** A clause, without full stop. */
  readonly because: string;
}

/** What code finds against a cause: every action that would fix it, and the one to propose or why there is none. */
export type Consideration = {
  readonly suggestions: readonly Suggestion[];
  readonly ruledOut: readonly RuledOut[];
} & (
  | { readonly proposed: PlannedAction & RunSchedule & { readonly cause: Hypothesis } }
  | { readonly refused: string }
);

/** One step of a run. */
export interface RunStep {
  readonly to: RunState;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly reason: string;
}

const NEXT: Readonly<Record<RunState, readonly RunState[]>> = {
  pending: ["running", "ineffective", "cancelled", "rejected", "overdue"],
  running: ["verifying", "failed", "interrupted"],
  verifying: ["verified", "helped", "ineffective", "harmful", "interrupted"],
  verified: [],
  helped: [],
  ineffective: [],
  harmful: [],
  failed: [],
  interrupted: [],
  cancelled: [],
  rejected: [],
  overdue: [],
};

/**
 * The run after one step. What has run never runs again, and nothing runs before it is due.
 * @throws {InvalidInputError} If it may not go there from where it is.
 */
export function advance<Run extends RunProgress & RunSchedule>(run: Run, { to, atMs, reason }: RunStep): Run {
  if (!NEXT[run.state].includes(to)) {
    throw new InvalidInputError(`Cannot make the run ${to}: it is ${run.state}, expected a state before that`);
  }
  if (to === "running" && run.dueAtMs !== undefined && atMs < run.dueAtMs) {
    throw new InvalidInputError("Cannot begin the run: it is not due, expected a later time");
  }
  return {
    ...run,
    state: to,
    reason,
    ...(to === "running" && { intendedAtMs: atMs }),
    ...(to === "verifying" && { effectAtMs: atMs }),
    ...(hasEnded({ state: to }) && { endedAtMs: atMs }),
  };
}

/** Whether nothing can become of a run any more. */
export function hasEnded({ state }: Pick<RunProgress, "state">): boolean {
  return NEXT[state].length === 0;
}

/** Whether a run had the end that it was meant to have. */
export function hasSucceeded({ state }: Pick<RunProgress, "state">): boolean {
  return state === "verified" || state === "helped";
}

/** Whether a run had no lasting effect, so that the same action waits before it is tried again. */
export function hasFailed({ state }: Pick<RunProgress, "state">): boolean {
  return ["ineffective", "harmful", "failed", "interrupted"].includes(state);
}

/** Whether a run did not begin because its effect was there already, and its cause all the same. */
export function wasFutile({ state, intendedAtMs }: Pick<RunProgress, "state" | "intendedAtMs">): boolean {
  return state === "ineffective" && intendedAtMs === undefined;
}

/** Whether a run waits for a person because its cause is not confirmed: a cause that is confirmed meanwhile takes its place. */
export function isTentative({ state, origin }: Pick<ActionRun, "state" | "origin">): boolean {
  return state === "pending" && origin.kind === "incident" && origin.cause.verdict !== "confirmed";
}

/** The incident of a run, where it has one. */
export function incidentOf({ origin }: Pick<ActionRun, "origin">): number | undefined {
  return origin.kind === "incident" ? origin.incident : undefined;
}

/** Replaces a stored action that cannot be read. No approval matches it and no action has its name. */
export const UNREADABLE: PlannedAction = {
  action: "unreadable",
  input: null,
  risk: "destructive",
  preview: { sends: "nothing (it cannot be read)", expectedEffect: "None", entities: [], stops: [] },
  digest: "",
};

/** Replaces a stored cause that cannot be read. Nothing confirms it. */
export const UNREADABLE_CAUSE: Hypothesis = {
  component: "action/unreadable",
  mechanism: "state-loss",
  summary: "What was on record cannot be read",
  claims: [],
  verdict: "inconclusive",
};

/** Whether a stored action could be read. */
export function isReadable({ digest }: Pick<PlannedAction, "digest">): boolean {
  return digest !== UNREADABLE.digest;
}

/** A person's approval of one exact action, good once and for a short time. */
export interface Approval {
  readonly id: number;
  /** Id of the run. */
  readonly run: number;
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
