/** Strict JSON in which 64-bit integers survive. */

import * as v from "valibot";

/** How integers beyond 2^53, which a number cannot hold exactly, are read: as their digits, or as a bigint. */
export type LargeIntegers = "text" | "bigint";

/** A 64-bit id as its decimal digits, whether it arrived as a number or as text. */
export const IdText = v.pipe(
  v.union([v.pipe(v.string(), v.digits()), v.pipe(v.number(), v.safeInteger(), v.minValue(0))]),
  v.transform(String),
);

/** Whether a text may hold an integer beyond 2^53; times in microseconds, of 16 digits, are below it. */
const LARGE_INTEGER = /(?:^|[[:,\s])-?(?:9\d{15}|\d{17,})(?:$|[\s,}\]])/;
const DIGITS = /^-?\d+$/;

/**
 * Reads JSON; only a text with large integers costs more than `JSON.parse`.
 * @throws {SyntaxError} If the text is not JSON.
 */
export function parseJson(text: string, largeIntegers: LargeIntegers = "text"): unknown {
  if (!LARGE_INTEGER.test(text)) return JSON.parse(text);
  return JSON.parse(text, largeIntegers === "bigint" ? asBigint : asText);
}

/** The source text of a value is known only for numbers. */
interface Source {
  readonly source?: string;
}

function asText(_key: string, value: unknown, { source }: Source = {}): unknown {
  return source !== undefined && isLargeInteger(value, source) ? source : value;
}

function asBigint(_key: string, value: unknown, { source }: Source = {}): unknown {
  return source !== undefined && isLargeInteger(value, source) ? BigInt(source) : value;
}

function isLargeInteger(value: unknown, source: string): boolean {
  return typeof value === "number" && !Number.isSafeInteger(value) && DIGITS.test(source);
}
