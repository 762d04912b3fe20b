/** Investigations: one run of an engine over a case, what it has spent, and its steps one by one. */

import * as v from "valibot";

/** Where an investigation is; `abandoned` is what an agent that died has left. */
export type InvestigationState = "running" | "concluded" | "failed" | "abandoned";

/** What an investigation has used up. */
export const Spending = v.object({
  /** Milliseconds. */
  wallMs: v.number(),
  /** Answers of a model. */
  turns: v.number(),
  tokens: v.number(),
  toolCalls: v.number(),
  /** US dollars. */
  usd: v.number(),
});

/** What an investigation has used up. */
export type Spending = v.InferOutput<typeof Spending>;

/** Nothing used up yet. */
export const NOTHING_SPENT: Spending = { wallMs: 0, turns: 0, tokens: 0, toolCalls: 0, usd: 0 };

/** What two investigations have used up together. */
export function addSpending(a: Spending, b: Spending): Spending {
  return {
    wallMs: a.wallMs + b.wallMs,
    turns: a.turns + b.turns,
    tokens: a.tokens + b.tokens,
    toolCalls: a.toolCalls + b.toolCalls,
    usd: a.usd + b.usd,
  };
}

/** One run of an engine over the case of an incident. */
export interface Investigation {
  readonly id: number;
  /** Id of the incident. */
  readonly incident: number;
  readonly engine: string;
  readonly state: InvestigationState;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  /** Epoch milliseconds; absent while it runs. */
  readonly endedAtMs?: number;
  /** What it came to, in one sentence; empty while it runs. */
  readonly outcome: string;
  readonly spent: Spending;
}

/** Kinds of steps. */
export const STEP_KINDS = [
  "began",
  "prompted",
  "asked",
  "refused",
  "weighed",
  "claimed",
  "rejected",
  "answered",
  "retried",
  "stopped",
  "concluded",
  "ended",
] as const;

/**
 * Kind of step: what a model was `prompted` with, a query `asked` or `refused`, hypotheses `weighed`, a claim `claimed`,
 * an option `rejected`, a turn that a model has `answered`, one that failed and was `retried`, why a model was
 * `stopped`, and the conclusion.
 */
export type StepKind = (typeof STEP_KINDS)[number];

/** One step as it is recorded. */
export interface Step {
  readonly kind: StepKind;
  /** One line for people. */
  readonly summary: string;
  /** The whole of it, as JSON: what was asked and what came back. */
  readonly detail: unknown;
}

/** A step on record. */
export interface InvestigationStep extends Step {
  readonly id: number;
  readonly investigation: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
}
