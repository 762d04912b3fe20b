/** Conditions of a query as they are asked for, so that each combination has a plan of its own and uses its index. */

import type { SQLQueryBindings } from "bun:sqlite";

/** A clause and the values of its places. */
export interface Where {
  /** Empty where nothing is asked for. */
  readonly clause: string;
  readonly values: readonly SQLQueryBindings[];
}

/** Every condition whose value is there; `true` stands for a condition without a place. */
export function whereOf(conditions: Readonly<Record<string, SQLQueryBindings | true | undefined>>): Where {
  const asked = Object.entries(conditions).filter(([, value]) => value !== undefined);
  return {
    clause: asked.length > 0 ? `WHERE ${asked.map(([condition]) => condition).join(" AND ")}` : "",
    values: asked.flatMap(([, value]) => (value === true || value === undefined ? [] : [value])),
  };
}
