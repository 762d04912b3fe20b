/** A read-only query of a desk: its form, its words, and what it finds. Names are generic, so that an engine may offer each as a tool. */

import type * as v from "valibot";
import type { Evidence } from "../../core/diagnosis/claims/mod.ts";
import { parse } from "../../core/text/parse.ts";
import type { Case } from "../case/case.ts";
import type { Found } from "./found.ts";
import type { DeskSources } from "./sources.ts";

/** What a query is answered from. */
export interface QueryContext {
  readonly case: Case;
  readonly sources: DeskSources;
  /** What has been found so far. */
  readonly evidence: Evidence;
  readonly findings: readonly Finding[];
  readonly signal: AbortSignal;
}

/** What a query found; all but the first two is added to what claims are weighed on. */
export interface Answer extends Found {
  /** One line that says what it is. */
  readonly summary: string;
  /** Plain JSON. */
  readonly value: unknown;
}

/** An answer on record, whole; claims cite it by its id. */
export interface Finding {
  /** For instance `e3`. */
  readonly id: string;
  readonly query: string;
  readonly input: unknown;
  readonly summary: string;
  readonly value: unknown;
}

/** A query as its author writes it. */
export interface QuerySpec<Schema extends v.GenericSchema> {
  readonly name: string;
  /** What it answers, in one sentence. */
  readonly description: string;
  readonly input: Schema;
  readonly answer: (input: v.InferOutput<Schema>, context: QueryContext) => Answer | Promise<Answer>;
}

/** A query whose input type is closed over. */
export interface Query {
  readonly name: string;
  readonly description: string;
  readonly input: v.GenericSchema;
  /** @throws {InvalidInputError} If the input does not have the form it must have. */
  readonly ask: (input: unknown, context: QueryContext) => Promise<Answer>;
}

/** Closes over the type of a query's input. */
export function defineQuery<Schema extends v.GenericSchema>(spec: QuerySpec<Schema>): Query {
  const { name, description, input } = spec;
  return {
    name,
    description,
    input,
    ask: async (raw, context) => await spec.answer(parse(input, raw, `input of query "${name}"`), context),
  };
}
