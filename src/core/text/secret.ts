/** Settings that are secrets: declared once in a schema, so that anyone who reads settings treats them as such. */

import * as v from "valibot";

/** A secret of one line. No message quotes it. */
export const Secret = v.pipe(
  v.string("it is not text, expected a secret of one line"),
  v.nonEmpty("it is empty, expected a secret of at least one character"),
  v.regex(/^\P{Cc}*$/u, "it has control characters, expected a secret of one line"),
  v.metadata({ secret: true }),
);

/** Whether a schema is a {@linkcode Secret}, optional or not. */
export function isSecretSchema(schema: v.GenericSchema): boolean {
  const inner = "wrapped" in schema && isSchema(schema.wrapped) ? schema.wrapped : undefined;
  return inner ? isSecretSchema(inner) : v.getMetadata(schema)["secret"] === true;
}

/** Whether a value is a schema of valibot. */
export function isSchema(value: unknown): value is v.GenericSchema {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "schema";
}
