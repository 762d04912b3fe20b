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
  throw new InvalidInputError(`Cannot use ${of} at "${v.getDotPath(issue) ?? "."}": ${issueWords(issue)}`);
}

/** What does not fit and what would, in words; a message that the schema brings along is kept. */
export function issueWords({ message, type, expected, received }: v.BaseIssue<unknown>): string {
  if (!message.startsWith("Invalid ")) return message;
  if (type === "integer") return `it is ${received}, expected a whole number`;
  return `it is ${received}, expected ${expectedWords(expected ?? "something else")}`;
}

const KINDS: Readonly<Record<string, string>> = {
  number: "a number",
  string: "text",
  boolean: "true or false",
  Object: "an object",
  Array: "a list",
};
const BOUNDS: readonly (readonly [string, string])[] = [
  [">=", "at least"],
  ["<=", "at most"],
  [">", "more than"],
  ["<", "less than"],
];

function expectedWords(expected: string): string {
  const words = expected
    .replace(/^\((.*)\)$/, "$1")
    .split(" | ")
    .map((one) => KINDS[one] ?? one.replace(/^"(.*)"$/, "$1"));
  if (words.length > 1) return `one of ${words.join(", ")}`;
  const [word = expected] = words;
  const bound = BOUNDS.find(([sign]) => word.startsWith(sign));
  return bound ? `${bound[1]} ${word.slice(bound[0].length)}` : word;
}

/** Whether a value is an object with named fields: no array, no null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
