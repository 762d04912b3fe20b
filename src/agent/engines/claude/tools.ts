/** The tools of a model: every query of the desk, and the writers. There is nothing here that acts on a system. */

import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import type { Conclusion } from "../../../core/diagnosis/diagnosis.ts";
import { messageOf } from "../../../core/text/errors.ts";
import { redactText } from "../../../core/text/redaction.ts";
import { BudgetSpentError } from "../../budgets.ts";
import type { Desk } from "../../desk/desk.ts";
import { Piece } from "../../desk/queries/read.ts";
import type { Finding } from "../../desk/query.ts";
import { shownOf } from "../../desk/shown.ts";
import { fenced, fencedValue } from "./fence.ts";
import type { ToolForm } from "./wire/endpoint.ts";
import type { ToolCall } from "./wire/turn.ts";
import { WRITERS } from "./writers.ts";

/** What came of one call. */
export interface ToolOutcome {
  /** What the model is shown. */
  readonly text: string;
  readonly isError: boolean;
  /** Present where the call ends the investigation. */
  readonly concluded?: Conclusion;
}

/** Runs the calls of one investigation. */
export interface Toolbox {
  /** Always in the same order, so that the cache holds. */
  readonly forms: readonly ToolForm[];
  /** @throws {BudgetSpentError} If the budget is spent. */
  run(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome>;
}

/** Queries whose answer may differ each time they are asked. */
const FRESH: ReadonlySet<string> = new Set(["look", "inspect", "logs", "series", "compare"]);

/** The tools over one desk. */
export function openToolbox(desk: Desk): Toolbox {
  const asked = new Map<string, string>();
  async function ask({ name, input }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    const question = JSON.stringify([name, input]);
    const earlier = asked.get(question);
    if (earlier !== undefined && (!FRESH.has(name) || desk.findings().at(-1)?.id === earlier)) {
      desk.budget.check();
      desk.budget.charge({ toolCalls: 1 });
      return { text: `This was asked before: the result is ${earlier}. Ask something else.`, isError: true };
    }
    const finding = await desk.ask(name, input, signal);
    asked.set(question, finding.id);
    const { evidence, from, lines, next, text } = pieceOf(finding);
    const last = (next ?? lines) - 1;
    const more =
      next === undefined
        ? ""
        : ` Lines ${from} to ${last} of ${lines}. For more: read with evidence "${evidence}" and from ${next}.`;
    const head = JSON.stringify({ query: finding.query, summary: finding.summary });
    return { text: `Result ${finding.id}.${more}\n${fenced(`${head}\n${text}`)}`, isError: false };
  }
  async function write({ name, input }: ToolCall): Promise<ToolOutcome> {
    desk.budget.check();
    desk.budget.charge({ toolCalls: 1 });
    const { text, concluded } = writerOf(name).write(input, desk);
    return { text, isError: false, ...(concluded && { concluded }) };
  }
  return {
    forms: formsOf(desk),
    async run(call, signal) {
      const { name, malformed } = call;
      try {
        if (malformed !== undefined) return refused(malformed);
        return await (isWriter(name) ? write(call) : ask(call, signal));
      } catch (error) {
        if (error instanceof BudgetSpentError) throw error;
        signal.throwIfAborted();
        const reason = redactText(messageOf(error));
        // What the desk refuses it puts on record itself.
        if (isWriter(name)) {
          desk.record({
            kind: "refused",
            summary: `${name}: ${reason}`,
            detail: { writer: name, input: call.input, reason },
          });
        }
        return refused(reason);
      }
    },
  };
}

/** Every tool with the form of its input. */
export function formsOf({ queries }: Pick<Desk, "queries">): readonly ToolForm[] {
  return [...queries, ...WRITERS].map(({ name, description, input }) => ({
    name,
    description,
    input: jsonSchemaOf(input),
  }));
}

/** What a schema takes in, as JSON schema; what that cannot say is checked when it is used. */
function jsonSchemaOf(input: v.GenericSchema): Readonly<Record<string, unknown>> {
  const { $schema: _, ...schema } = toJsonSchema(input, { typeMode: "input", errorMode: "ignore" });
  return { ...schema };
}

/** The beginning of a finding; of one that is itself a piece of another, that piece as it is. */
function pieceOf(finding: Finding) {
  const { id, query, value } = finding;
  if (query === "read" && v.is(Piece, value)) {
    const { evidence, from, lines, next, text } = value;
    return { evidence, from, lines, next, text: text.join("\n") };
  }
  const { text, lines, next } = shownOf(finding);
  return { evidence: id, from: 0, lines, next, text };
}

function refused(reason: string): ToolOutcome {
  return { text: `This call was refused, and nothing was done. The reason:\n${fencedValue(reason)}`, isError: true };
}

function isWriter(name: string): boolean {
  return WRITERS.some((one) => one.name === name);
}

function writerOf(name: string) {
  const writer = WRITERS.find((one) => one.name === name);
  if (!writer) throw new RangeError(`Cannot find writer "${name}"`);
  return writer;
}
