/** Bounded counts and windows, as given by flags, environment and files. */

import * as v from "valibot";
import { Count, DurationMs } from "../../core/text/units.ts";
import { MAX_WINDOW_MS } from "./bounds.ts";

/** A whole number from 1 to the bound, from text such as `10k`. */
export function countUpTo(what: string, max: number): v.GenericSchema<string | number, number> {
  const message = `Cannot use ${what}, expected a whole number from 1 to ${max}`;
  return v.pipe(Count, v.minValue(1, message), v.maxValue(max, message));
}

/** Milliseconds of a window, from text such as `1m`. */
export function windowCalled(what: string): v.GenericSchema<string | number, number> {
  const message = `Cannot use ${what}, expected whole milliseconds from "1ms" to "31d"`;
  return v.pipe(DurationMs, v.integer(message), v.minValue(1, message), v.maxValue(MAX_WINDOW_MS, message));
}
