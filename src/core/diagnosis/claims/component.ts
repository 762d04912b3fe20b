/** A component of a look, and its fields by path. */

import type { Component } from "../../system/picture.ts";
import type { Look } from "../../system/timeline.ts";

/** The component of that id in a look. */
export function componentIn({ picture }: Look, id: string): Component | undefined {
  return picture.components.find((component) => component.id === id);
}

/** A field of a component, for instance `state`, `configHash` or `labels.role`; `undefined` where it has none. */
export function fieldOf(component: Component, path: string): unknown {
  const [name = "", ...rest] = path.split(".");
  const value = new Map<string, unknown>(Object.entries(component)).get(name);
  if (rest.length === 0) return value;
  return typeof value === "object" && value !== null ? new Map(Object.entries(value)).get(rest.join(".")) : undefined;
}
