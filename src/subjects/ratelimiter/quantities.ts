/** Counts and windows as typed by users, within the bounds of the limiter. */

import * as v from "valibot";
import { Count, DurationMs } from "../../core/text/units.ts";

const MAX_LIMIT = 1_000_000_000;
const MAX_COST = 1_000_000;
const MAX_WINDOW_MS = 31 * 86_400_000;

/** Units per window, from text such as `10k`. */
export const LimitOf = upTo("limit", MAX_LIMIT);

/** Units of one check. */
export const CostOf = upTo("cost", MAX_COST);

const WRONG_WINDOW = 'Cannot use window, expected whole milliseconds from "1ms" to "31d"';

/** Milliseconds of a window, from text such as `1m`. */
export const WindowOf = v.pipe(
  DurationMs,
  v.integer(WRONG_WINDOW),
  v.minValue(1, WRONG_WINDOW),
  v.maxValue(MAX_WINDOW_MS, WRONG_WINDOW),
);

function upTo(what: string, max: number): v.GenericSchema<string | number, number> {
  const wrong = `Cannot use ${what}, expected a whole number from 1 to ${max}`;
  return v.pipe(Count, v.minValue(1, wrong), v.maxValue(max, wrong));
}
