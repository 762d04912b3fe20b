/** Parses a check request; by hand, since it runs for every request. */

import { isKey, isWholeUpTo, wrongKey, wrongWhole } from "./fields.ts";
import type { CallerBounds } from "./http/settings.ts";
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
export function readCheck(body: Readonly<Record<string, unknown>>, bounds: CallerBounds): CheckInput | BadField {
  for (const name in body) if (!NAMES.has(name)) return unknownField(name);
  const { key } = body;
  // For an optional field null means that it is absent.
  const cost = body["cost"] ?? 1;
  const limit = body["limit"] ?? undefined;
  const windowMs = body["window_ms"] ?? undefined;
  if (!isKey(key)) return { field: "key", message: wrongKey() };
  if (!isWholeUpTo(bounds.cost, cost)) return { field: "cost", message: wrongWhole("cost", bounds.cost) };
  if (limit === undefined && windowMs === undefined) return { key, cost, limit, windowMs };
  if (!bounds.rules) return noRules(limit === undefined ? "window_ms" : "limit");
  if (limit !== undefined && !isWholeUpTo(bounds.limit, limit)) {
    return { field: "limit", message: wrongWhole("limit", bounds.limit) };
  }
  if (windowMs !== undefined && !isWholeUpTo(bounds.windowMs, windowMs)) {
    return { field: "window_ms", message: wrongWhole("window_ms", bounds.windowMs) };
  }
  return { key, cost, limit, windowMs };
}

function noRules(field: string): BadField {
  return {
    field,
    message: `Cannot use ${field}: this node accepts no limits from callers, expected only key and cost`,
  };
}

function unknownField(name: string): BadField {
  const field = name.slice(0, 64);
  return { field, message: `Cannot use "${field}": no such field, expected one of ${[...NAMES].join(", ")}` };
}
