/** Fields that several queries have. */

import * as v from "valibot";
import { IdText } from "../../../core/words/ids.ts";

/** Which component is meant. */
export const ComponentField = v.pipe(
  IdText,
  v.description("Id of a component, for instance as `components` lists it."),
);

/** A moment, as text with a time zone or as epoch milliseconds. */
export const MomentField = v.pipe(
  v.union([v.pipe(v.string(), v.isoTimestamp(), v.transform(Date.parse)), v.number()]),
  v.number(),
  v.description("ISO-8601 time with a zone, or epoch milliseconds."),
);

/** How many entries are wanted at most. */
export function mostOf(usual: number, most: number): v.OptionalSchema<v.GenericSchema<number, number>, number> {
  return v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most)), usual);
}

/** ISO-8601, as every time in an answer is written. */
export function isoOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
