/** The arguments that an action takes, read off its schema. */

import * as v from "valibot";
import { InvalidInputError } from "../text/errors.ts";
import { isSchema } from "../text/secret.ts";
import { withSuggestion } from "../text/suggest.ts";

/** One argument of an action. */
export interface ActionField {
  readonly name: string;
  readonly isOptional: boolean;
  readonly description: string;
  /** The words that it may be; none where it may be anything. */
  readonly choices: readonly string[];
}

/** The arguments in the order in which the schema names them; none where it is no object. */
export function actionFields(schema: v.GenericSchema): readonly ActionField[] {
  if (!("entries" in schema) || typeof schema.entries !== "object" || schema.entries === null) return [];
  return Object.entries(schema.entries).flatMap(([name, field]): readonly ActionField[] => {
    if (!isSchema(field)) return [];
    const isOptional = field.type === "optional" || field.type === "exact_optional";
    const inner = "wrapped" in field && isSchema(field.wrapped) ? field.wrapped : field;
    const description = v.getDescription(field) ?? v.getDescription(inner) ?? "";
    return [{ name, isOptional, description, choices: choicesOf(inner) }];
  });
}

/**
 * Refuses arguments that an action does not take, and their absence where it needs them.
 * @throws {InvalidInputError} If there is one; says what the action takes.
 */
export function checkFieldNames(id: string, schema: v.GenericSchema, given: Readonly<Record<string, string>>): void {
  // What is no object names no arguments, and is left to the schema.
  if (!("entries" in schema)) return;
  const fields = actionFields(schema);
  const names = fields.map(({ name }) => name);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const takes = names.length === 0 ? "no argument" : names.map((name) => `${name}=…`).join(", ");
    throw new InvalidInputError(withSuggestion(`Cannot use "${unknown}=": ${id} takes ${takes}`, unknown, names));
  }
  const missing = fields.find(({ name, isOptional }) => !isOptional && !Object.hasOwn(given, name));
  if (!missing) return;
  throw new InvalidInputError([`Missing ${missing.name}=…`, ...fieldWords(missing)].join(": ").replace(/\.$/, ""));
}

/** What a person must know of an argument: what it is, and the words that it may be. */
export function fieldWords({ description, choices }: ActionField): readonly string[] {
  const words = [
    ...(description === "" ? [] : [description]),
    ...(choices.length === 0 ? [] : [`One of ${choices.join(", ")}.`]),
  ];
  return words.length === 0 ? [] : [words.join(" ")];
}

function choicesOf(schema: v.GenericSchema): readonly string[] {
  return "options" in schema && Array.isArray(schema.options) && schema.type === "picklist"
    ? schema.options.map(String)
    : [];
}
