/** `inspected`: what an inspection of a component showed at a path, or that it is other than when all was well. */

import * as v from "valibot";
import { IdText } from "../../words/ids.ts";
import { fieldWithin } from "./component.ts";
import { decided, defineClaim, unknown } from "./kind.ts";

/** It is stored history, which never lasts: the reading is of one moment. */
export const inspected = defineClaim({
  schema: v.object({
    kind: v.literal("inspected"),
    component: IdText,
    /** Name of the inspection. */
    inspection: v.string(),
    /** Names from the root, joined by dots; empty for the whole. */
    path: v.string(),
    /** `changed` needs no value. */
    comparison: v.picklist(["is", "is-not", "above", "below", "changed"]),
    value: v.exactOptional(v.union([v.string(), v.number(), v.boolean(), v.null()])),
  }),
  evaluate({ component, inspection, path, comparison, value }, { inspected: all = [] }) {
    const name = `${inspection} of ${component}`;
    const shown = all.findLast((one) => one.component === component && one.id === inspection);
    if (!shown) return unknown(`${name} was not read`);
    if (shown.failed !== undefined) return unknown(`${name} could not be read: ${shown.failed}`);
    if (comparison === "changed") {
      if (!shown.difference) return unknown(`${name} was not read at the last healthy look`);
      const change = shown.difference.changes.find((one) => one.path === path);
      if (!change) return decided(false, `${name} ${path} is what it was`);
      const how = change.by === undefined ? `was ${text(change.was)}, is ${text(change.is)}` : `rose by ${change.by}`;
      return decided(true, `${name} ${path} ${how}`);
    }
    const actual = fieldWithin(shown.value, path === "" ? [] : path.split("."));
    if (actual === undefined) return unknown(`${name} shows no ${path || "value"}`);
    return decided(compare(actual, comparison, value ?? null), `${[name, path].join(" ").trim()} is ${text(actual)}`);
  },
  persists: () => false,
  words: ({ component, inspection, path, comparison, value }) =>
    `${inspection} of ${component}: ${`${path} ${comparison}`.trim()}${value === undefined ? "" : ` ${text(value)}`}`,
});

function compare(actual: unknown, comparison: "is" | "is-not" | "above" | "below", value: unknown): boolean {
  if (comparison === "is") return actual === value;
  if (comparison === "is-not") return actual !== value;
  if (typeof actual !== "number" || typeof value !== "number") return false;
  return comparison === "above" ? actual > value : actual < value;
}

function text(value: unknown): string {
  return JSON.stringify(value ?? null);
}
