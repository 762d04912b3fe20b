/** Names of things: what a verdict is about, and the parts of a system. Both are `kind/name`. */

import * as v from "valibot";

/** What a verdict is about, for instance `node/2` or `counter/user:7`. */
export type EntityId = `${string}/${string}`;

/** A part of the observed system, for instance `node/2`; the same id in pictures, tickets, faults and actions. */
export type ComponentId = `${string}/${string}`;

/** A figure or word that evidence may carry. */
export type Scalar = string | number | boolean | null;

/** Whether text has the form `kind/name`; the name may contain further slashes. */
export function isComponentId(text: string): text is ComponentId {
  const slash = text.indexOf("/");
  return slash > 0 && slash < text.length - 1;
}

/** Reads `kind/name` from stored text or from what an engine wrote. */
export const IdText = v.pipe(v.string(), v.guard(isComponentId, 'Cannot read id, expected "kind/name"'));
