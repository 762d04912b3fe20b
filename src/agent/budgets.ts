/** Budgets: hard stops on wall time, turns, tokens, tool calls and dollars, of one investigation and of a day. */

import { addSpending, NOTHING_SPENT, type Spending } from "../core/diagnosis/investigation.ts";
import type { Clock } from "../core/system/clock.ts";

/** The most that may be spent of each. */
export type BudgetLimits = Readonly<Spending>;

/** What one call costs; its wall time is measured, not told. */
export type Cost = Partial<Omit<Spending, "wallMs">>;

/** What an investigation may still spend. */
export interface Budget {
  readonly limits: BudgetLimits;
  spent(): Spending;
  /** Adds what a call came to. A call under way is not cut off, so the last one may overrun. */
  charge(cost: Cost): void;
  /** @throws {BudgetSpentError} If something of it is used up, so that no further call may begin. */
  check(): void;
}

/** Something of a budget is used up. */
export class BudgetSpentError extends Error {
  override readonly name = "BudgetSpentError";
  readonly resource: keyof Spending;

  constructor(resource: keyof Spending, limit: number) {
    super(`The budget is spent: ${WORDS[resource](limit)}`);
    this.resource = resource;
  }
}

const WORDS: Readonly<Record<keyof Spending, (limit: number) => string>> = {
  wallMs: (limit) => `${limit} ms of wall time`,
  turns: (limit) => `${limit} turns`,
  tokens: (limit) => `${limit} tokens`,
  toolCalls: (limit) => `${limit} tool calls`,
  usd: (limit) => `$${limit}`,
};

const RESOURCES = ["wallMs", "turns", "tokens", "toolCalls", "usd"] as const satisfies readonly (keyof Spending)[];

/** Limits of one investigation, where none are set. */
export const DEFAULT_LIMITS: BudgetLimits = {
  wallMs: 120_000,
  turns: 40,
  tokens: 500_000,
  toolCalls: 100,
  usd: 2,
};

/** A full budget; its wall time runs from now. */
export function openBudget(limits: BudgetLimits, { monotonic }: Pick<Clock, "monotonic">): Budget {
  const startMs = monotonic();
  let charged: Spending = NOTHING_SPENT;
  function spent(): Spending {
    return { ...charged, wallMs: monotonic() - startMs };
  }
  return {
    limits,
    spent,
    charge(cost) {
      charged = addSpending(charged, { ...NOTHING_SPENT, ...cost });
    },
    check() {
      const now = spent();
      const resource = RESOURCES.find((name) => now[name] >= limits[name]);
      if (resource) throw new BudgetSpentError(resource, limits[resource]);
    },
  };
}

/** What may be spent on one incident in a day: money and what costs money. */
export type DayLimits = Readonly<Pick<Spending, "turns" | "tokens" | "usd">>;

/** Limits of one incident and day, where none are set. */
export const DEFAULT_DAY_LIMITS: DayLimits = { turns: 200, tokens: 2_500_000, usd: 10 };

/** US dollars of all incidents together in a day, where nothing is set. */
export const DEFAULT_ALL_USD = 50;

/** What one investigation may spend where others of the same incident have spent of the same day. */
export function limitsWithin(limits: BudgetLimits, day: DayLimits, spentToday: Spending): BudgetLimits {
  const left = (name: keyof DayLimits): number => Math.max(0, Math.min(limits[name], day[name] - spentToday[name]));
  return { ...limits, turns: left("turns"), tokens: left("tokens"), usd: left("usd") };
}

/** Whether a model could do nothing with these. */
export function isSpent({ turns, tokens, usd }: DayLimits): boolean {
  return turns <= 0 || tokens <= 0 || usd <= 0;
}
