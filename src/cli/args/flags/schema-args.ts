/** Flags that are declared as a schema, as the command line shows and reads them. */

import type { ArgDef, ArgsDef } from "citty";
import * as v from "valibot";
import { isSchema } from "../../../core/text/secret.ts";
import { keyOf } from "../../../runtime/subjects/config-keys.ts";

/** One flag per entry: its text, its words where it takes certain ones, and what it is if it is not given. */
export function argsOfSchema({ entries }: { readonly entries: v.ObjectEntries }): ArgsDef {
  return Object.fromEntries(
    Object.entries(entries).flatMap(([key, schema]) => (isSchema(schema) ? [[keyOf([key]), argOf(schema)]] : [])),
  );
}

function argOf(schema: v.GenericSchema): ArgDef {
  const { inner, usual } = unwrap(schema);
  const description = v.getDescription(inner);
  const { hint } = v.getMetadata(inner);
  const shown = {
    ...(description !== undefined && { description }),
    ...(typeof hint === "string" && { valueHint: hint }),
  };
  if (inner.type === "boolean") return { type: "boolean", ...shown };
  const isText = typeof usual === "string" && { default: usual };
  const words = inner.type === "picklist" && "options" in inner && Array.isArray(inner.options) && inner.options;
  return words
    ? { type: "enum", options: words.map(String), ...shown, ...isText }
    : { type: "string", ...shown, ...isText };
}

interface Unwrapped {
  readonly inner: v.GenericSchema;
  /** What it is where it is not given. */
  readonly usual?: unknown;
}

function unwrap(schema: v.GenericSchema): Unwrapped {
  if (!("wrapped" in schema) || !isSchema(schema.wrapped)) return { inner: schema };
  return { ...unwrap(schema.wrapped), ...("default" in schema && { usual: schema.default }) };
}
