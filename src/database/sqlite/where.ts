/** Builds the conditions of a query, so that each combination has its own plan and uses its index. */

import type { SQLQueryBindings } from "bun:sqlite";

/** A clause and the values of its placeholders. */
export interface Where {
  /** Empty without conditions. */
  readonly clause: string;
  readonly values: readonly SQLQueryBindings[];
}

/** Every condition with a value; `true` stands for a condition without a placeholder. */
export function whereOf(conditions: Readonly<Record<string, SQLQueryBindings | true | undefined>>): Where {
  const asked = Object.entries(conditions).filter(([, value]) => value !== undefined);
  return {
    clause: asked.length > 0 ? `WHERE ${asked.map(([condition]) => condition).join(" AND ")}` : "",
    values: asked.flatMap(([, value]) => (value === true || value === undefined ? [] : [value])),
  };
}
