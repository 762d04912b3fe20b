/** Plays the recorded steps of an investigation: what the model answered and what was found, in their order. */

import { InvalidInputError } from "../../core/text/errors.ts";
import { isObject } from "../../core/text/parse.ts";
import { BudgetSpentError } from "../budgets.ts";
import { parseFound } from "../desk/found.ts";
import type { Answer } from "../desk/query.ts";
import { NotAvailableError } from "../desk/sources.ts";
import { ModelError } from "../engines/claude/model-error.ts";
import type { Model } from "../engines/claude/wire/endpoint.ts";
import { digestOf, recordedTurn } from "../engines/claude/wire/recorded-turn.ts";
import type { BundledStep } from "./bundle.ts";

/** Takes the place of the model and of the world. */
export interface Player {
  readonly model: Model;
  /** What a query found then. */
  answer(query: string, input: unknown): Promise<Answer>;
}

/** The investigation asks for something else than was asked then. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
}

/** Kinds of steps that come from outside of the engine; what it wrote itself and was refused does not. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(["answered", "retried", "stopped", "asked", "refused"]);

/** A player at the first step. */
export function openPlayer(steps: readonly BundledStep[], wallMs: number): Player {
  const tape = steps.filter(({ kind, detail }) => {
    return FROM_OUTSIDE.has(kind) && !(kind === "refused" && isObject(detail) && "writer" in detail);
  });
  let position = 0;
  function next(wanted: string): BundledStep {
    const step = tape[position];
    if (!step) throw new DivergedError(`${wanted}, and nothing more is on record`);
    position += 1;
    if (step.kind !== "stopped") return step;
    const isSpent = isObject(step.detail) && step.detail["isSpent"] === true;
    throw isSpent ? new BudgetSpentError("wallMs", wallMs) : new Error(step.summary);
  }
  return {
    model: {
      async answer(request) {
        const step = next("The model is asked");
        if (step.kind === "retried") throw new ModelError(step.summary, { retry: isRetried(step.detail) });
        const recorded = recordedTurn(step);
        if (!recorded) throw new DivergedError(`The model is asked, and then it was: ${step.summary}`);
        if (recorded.request !== digestOf(request)) throw new DivergedError("The model is asked something else");
        return recorded.turn;
      },
    },
    async answer(query, input) {
      const step = next(`${query} is asked`);
      const { detail } = step;
      if (!isObject(detail) || detail["query"] !== query || !Bun.deepEquals(detail["input"], plain(input))) {
        throw new DivergedError(`${query} ${JSON.stringify(input)} is asked, and then it was: ${step.summary}`);
      }
      if (step.kind !== "refused") return answerOf(detail);
      const reason = String(detail["reason"]);
      throw detail["isCharged"] === false ? new NotAvailableError(reason) : new InvalidInputError(reason);
    },
  };
}

function answerOf({ id, query, summary, value, found }: Record<string, unknown>): Answer {
  if (typeof summary !== "string")
    throw new DivergedError(`${String(id)} ${String(query)} is on record without what it found`);
  return { summary, value, ...parseFound(found ?? {}) };
}

function isRetried(detail: unknown): boolean {
  return isObject(detail) && detail["retry"] === true;
}

function plain(input: unknown): unknown {
  return JSON.parse(JSON.stringify(input ?? null));
}
