/** Reads what a check asks; by hand, since it runs for every request. */

import { isKey, isWhole, type WholeField, wrongKey, wrongWhole } from "./fields.ts";
import type { BadField } from "./http-error.ts";

/** A check as it was sent; what is absent is filled in from the settings. */
export interface CheckInput {
  readonly key: string;
  readonly cost: number;
  readonly limit: number | undefined;
  readonly windowMs: number | undefined;
}

const NAMES: ReadonlySet<string> = new Set(["key", "cost", "limit", "window_ms"]);

/** The check in a body, or the first field at fault. */
export function readCheck(body: Readonly<Record<string, unknown>>): CheckInput | BadField {
  for (const name in body) if (!NAMES.has(name)) return unknownField(name);
  const { key, cost = 1, limit, window_ms: windowMs } = body;
  if (!isKey(key)) return { field: "key", message: wrongKey() };
  if (!isWhole("cost", cost)) return wrong("cost");
  if (limit !== undefined && !isWhole("limit", limit)) return wrong("limit");
  if (windowMs !== undefined && !isWhole("window_ms", windowMs)) return wrong("window_ms");
  return { key, cost, limit, windowMs };
}

function wrong(field: WholeField): BadField {
  return { field, message: wrongWhole(field) };
}

function unknownField(name: string): BadField {
  const field = name.slice(0, 64);
  return { field, message: `Cannot use "${field}": no such field, expected one of ${[...NAMES].join(", ")}` };
}
