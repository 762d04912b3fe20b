/** The fields of a subject's configuration by their setting names: `intended.windowMs` is `intended-window-ms`. */

import type * as v from "valibot";
import { isObject } from "../../core/text/parse.ts";
import { isSchema, isSecretSchema } from "../../core/text/secret.ts";

/** Path in the configuration of each name. */
export type ConfigKeys = ReadonlyMap<string, readonly string[]>;

/** Every field that can be set, nested ones included. */
export function configKeys(schema: v.GenericSchema): ConfigKeys {
  return new Map(fieldsOf(schema).map(({ path }) => [keyOf(path), path]));
}

/** The names of those fields that are secrets. */
export function secretKeys(schema: v.GenericSchema): ReadonlySet<string> {
  const secrets = fieldsOf(schema).filter((field) => isSecretSchema(field.schema));
  return new Set(secrets.map(({ path }) => keyOf(path)));
}

/** The name of a field. */
export function keyOf(path: readonly string[]): string {
  return path.map((name) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)).join("-");
}

/** The configuration built from values by name. */
export function assemble(values: Iterable<readonly [readonly string[], unknown]>): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of values) put(root, path, value);
  return root;
}

/** The value of the configuration at a path; `undefined` if there is none. */
export function valueAt(config: unknown, path: readonly string[]): unknown {
  return path.reduce((inner, name) => (isObject(inner) ? inner[name] : undefined), config);
}

function put(object: Record<string, unknown>, [name = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    object[name] = value;
    return;
  }
  const inner: Record<string, unknown> = { ...(isObject(object[name]) && object[name]) };
  put(inner, rest, value);
  object[name] = inner;
}

interface Field {
  readonly path: readonly string[];
  readonly schema: v.GenericSchema;
}

/** Unwraps optional schemas; anything but an object is a field. */
function fieldsOf(schema: v.GenericSchema, path: readonly string[] = []): readonly Field[] {
  if ("wrapped" in schema && isSchema(schema.wrapped)) return fieldsOf(schema.wrapped, path);
  if (!("entries" in schema) || !isObject(schema.entries)) return [{ path, schema }];
  return Object.entries(schema.entries).flatMap(([name, inner]) =>
    isSchema(inner) ? fieldsOf(inner, [...path, name]) : [],
  );
}
