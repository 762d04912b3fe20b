/** `state-is`: a figure of a component of the picture compared with a value. */

import * as v from "valibot";
import { IdText } from "../../words/ids.ts";
import { componentIn, fieldOf } from "./component.ts";
import { decided, defineClaim, unknown } from "./kind.ts";

const Scalar = v.union([v.string(), v.number(), v.boolean(), v.null()]);

const Schema = v.object({
  kind: v.literal("state-is"),
  component: IdText,
  /** A field of the component, for instance `state`, `probe`, `configHash`, `labels.role`, `process.state`. */
  path: v.pipe(v.string(), v.regex(/^[a-zA-Z]+(\.[\w.-]+)?$/)),
  comparison: v.picklist(["is", "is-not", "above", "below"]),
  value: Scalar,
});

type StateIs = v.InferOutput<typeof Schema>;

/** By which value each of these fields says that all is well. */
const WELL: ReadonlyMap<string, unknown> = new Map([
  ["state", "up"],
  ["process.state", "running"],
]);

/** Fields by which a component says that something is wrong; what it runs with says nothing by itself. */
const TELLING = /^(?:state|probe|identity|process\.\w+|clockOffsetMs)$/;

/** Anything but being up and running may last. */
export const stateIs = defineClaim({
  schema: Schema,
  evaluate({ component, path, comparison, value }, { now }) {
    const part = componentIn(now, component);
    if (!part) return unknown(`${component} is not in the picture`);
    const actual = fieldOf(part, path);
    if (actual === undefined) return unknown(`${component} shows no ${path}`);
    const figure = `${component} ${path} is ${JSON.stringify(actual)}`;
    // A state that could not be seen is neither the one nor the other.
    if (path === "state" && actual === "unknown" && value !== "unknown") return unknown(figure);
    return decided(compare(actual, comparison, value), figure);
  },
  neutral: ({ path }) => !TELLING.test(path),
  persists: ({ path, comparison, value }) => !(comparison === "is" && WELL.get(path) === value),
  words: ({ component, path, comparison, value }) => `${component} ${path} ${comparison} ${JSON.stringify(value)}`,
});

function compare(actual: unknown, comparison: StateIs["comparison"], value: unknown): boolean {
  if (comparison === "is") return actual === value;
  if (comparison === "is-not") return actual !== value;
  if (typeof actual !== "number" || typeof value !== "number") return false;
  return comparison === "above" ? actual > value : actual < value;
}
