/** The fields that requests have in common, each with the message that names it. */

import * as v from "valibot";
import { ALGORITHMS } from "../../../lua/algorithms.ts";
import { MAX_KEY_BYTES, MAX_LIMIT, MAX_PAGE, MAX_WINDOW_MS } from "../settings/bounds.ts";

type PageLimitSchema = v.OptionalSchema<v.GenericSchema<string, number>, string>;

/** A key as it stands in a path. */
export const Key: v.GenericSchema<unknown, string> = v.custom<string>(isKey, wrongKey());

/** `limit` of a body. */
export const Limit: v.GenericSchema<unknown, number> = whole("limit", MAX_LIMIT);

/** `window_ms` of a body. */
export const WindowMs: v.GenericSchema<unknown, number> = whole("window_ms", MAX_WINDOW_MS);

/** `algorithm` of a body. */
export const AlgorithmName = v.picklist(ALGORITHMS, `Cannot use algorithm, expected one of ${ALGORITHMS.join(", ")}`);

/** Items on one page, from a query. */
export const PageLimit: PageLimitSchema = pageLimit(1);

/** As {@linkcode PageLimit}, but 0 is allowed. */
export const PageLimitOrNone: PageLimitSchema = pageLimit(0);

/** An object of these fields and no others. */
export function fields<Entries extends v.ObjectEntries>(
  entries: Entries,
): v.StrictObjectSchema<Entries, (issue: v.StrictObjectIssue) => string> {
  return v.strictObject(entries, ({ expected, received }) =>
    expected === "never"
      ? `Cannot use ${received}: no such field, expected one of ${Object.keys(entries).join(", ")}`
      : `Cannot read request: ${expected} is missing`,
  );
}

/** Whether a value may be a key: non-empty text within the bound that UTF-8 can encode and that a path can name. */
export function isKey(value: unknown): value is string {
  if (typeof value !== "string" || value === "" || value.length > MAX_KEY_BYTES) return false;
  if (value === "." || value === "..") return false; // clients take them out of a path, however they are written
  if (value.includes("\ufffd")) return false; // Bun's replacement for bytes in a path that are not UTF-8
  // At most three bytes per code unit: only text that may exceed the bound is measured.
  return value.isWellFormed() && (value.length * 3 <= MAX_KEY_BYTES || Buffer.byteLength(value) <= MAX_KEY_BYTES);
}

/** Whether a value is a whole number from 1 to the bound. */
export function isWholeUpTo(max: number, value: unknown): value is number {
  return Number.isInteger(value) && typeof value === "number" && value >= 1 && value <= max;
}

/** The message about an invalid key. */
export function wrongKey(): string {
  return `Cannot use key, expected well-formed text of 1 to ${MAX_KEY_BYTES} bytes without U+FFFD, not "." nor ".."`;
}

/** The message about a number out of bounds. */
export function wrongWhole(field: string, max: number): string {
  return `Cannot use ${field}, expected a whole number from 1 to ${max}`;
}

function pageLimit(min: number): PageLimitSchema {
  const wrong = `Cannot use limit, expected a whole number from ${min} to ${MAX_PAGE}`;
  const Text = v.pipe(v.string(), v.regex(/^\d{1,4}$/, wrong), v.transform(Number));
  return v.optional(v.pipe(Text, v.minValue(min, wrong), v.maxValue(MAX_PAGE, wrong)), "100");
}

function whole(field: string, max: number): v.GenericSchema<unknown, number> {
  return v.custom<number>((value) => isWholeUpTo(max, value), wrongWhole(field, max));
}
