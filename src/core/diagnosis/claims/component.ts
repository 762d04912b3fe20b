/** A component of a look, and its fields by path. */

import type { Component } from "../../system/picture.ts";
import type { LookRecord } from "../../system/timeline.ts";

/** The component of that id in a look. */
export function componentIn({ picture }: LookRecord, id: string): Component | undefined {
  return picture.components.find((component) => component.id === id);
}

/** A field of a component, for instance `state`, `labels.role` or `process.exit.signal`; `undefined` where it has none. */
export function fieldOf(component: Component, path: string): unknown {
  return fieldWithin(component, path.split("."));
}

/** What a value holds at a path. A name may have dots, so the longest is tried first. */
export function fieldWithin(value: unknown, path: readonly string[]): unknown {
  if (path.length === 0) return value;
  if (typeof value !== "object" || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  for (let words = path.length; words > 0; words -= 1) {
    const name = path.slice(0, words).join(".");
    if (fields.has(name)) return fieldWithin(fields.get(name), path.slice(words));
  }
  return undefined;
}
