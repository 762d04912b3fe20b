/** The fields of a subject's configuration by the names under which a person sets them: `intended.windowMs` is `intended-window-ms`. */

import type * as v from "valibot";

/** Where in the configuration each name belongs. */
export type ConfigKeys = ReadonlyMap<string, readonly string[]>;

/** Every field that can be set, those of objects within included. */
export function configKeys(schema: v.GenericSchema): ConfigKeys {
  return new Map(pathsOf(schema).map((path) => [keyOf(path), path]));
}

/** The name of a field. */
export function keyOf(path: readonly string[]): string {
  return path.map((name) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)).join("-");
}

/** The configuration with each value at its place. */
export function assemble(values: Iterable<readonly [readonly string[], unknown]>): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of values) put(root, path, value);
  return root;
}

/** What the configuration holds at a path; `undefined` where it holds nothing there. */
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

/** Looks through what is optional; what is no object is a field. */
function pathsOf(schema: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (!isObject(schema)) return [path];
  if (isObject(schema["wrapped"])) return pathsOf(schema["wrapped"], path);
  const { entries } = schema;
  if (!isObject(entries)) return [path];
  return Object.entries(entries).flatMap(([name, inner]) => pathsOf(inner, [...path, name]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
