/** What comes from outside, taken in the form it must have or refused at a path. */

import * as v from "valibot";
import { InvalidInputError } from "./errors.ts";

/**
 * The output of a schema.
 * @param of What is read, for the message: an action, a fault.
 * @throws {InvalidInputError} If the input does not fit; says where.
 */
export function parse<Schema extends v.GenericSchema>(schema: Schema, raw: unknown, of: string): v.InferOutput<Schema> {
  const result = v.safeParse(schema, raw);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new InvalidInputError(`Cannot use ${of} at "${v.getDotPath(issue) ?? "."}": ${issue.message}`);
}

/** Whether a value is an object with named fields: no array, no null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
