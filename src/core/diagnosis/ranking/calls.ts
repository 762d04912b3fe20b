/** Calls between components as CSV or JSON has them. */

import { readCsv } from "../../text/csv.ts";
import { InvalidInputError } from "../../text/errors.ts";
import { isObject } from "../../text/parse.ts";
import { suggest } from "../../text/suggest.ts";
import { readJson } from "./json-text.ts";

/** One component calls another. */
export type Call = readonly [caller: string, callee: string];

/** Calls as a file has them. */
export interface WrittenCalls {
  readonly calls: readonly Call[];
  /** The first two cells of the headings, where these name no columns: they may be a call themselves. */
  readonly headings?: Call;
}

/** Headings of the column of callers, and of that of callees. */
const HEADINGS = { caller: /^(?:caller|source|from|parent|client)$/i, callee: /^(?:callee|target|to|child|server)$/i };
/** Unknown names that are told. */
const MOST_NAMED = 3;

/**
 * Reads calls between components: CSV with the columns caller and callee, which are the first two if none is so called, or a
 * JSON list of pairs or of objects with these fields.
 * @throws {InvalidInputError} If it is neither.
 */
export function readCalls(text: string): WrittenCalls {
  if (/^\s*[[{]/.test(text)) return { calls: callsIn(readJson(text)) };
  const [headings = [], ...rows] = readCsv(text);
  if (headings.length < 2) {
    throw new InvalidInputError("Cannot read edges: expected a row of headings and the columns caller and callee");
  }
  const [first = "", second = ""] = headings.map((name) => name.trim());
  const columns = namedColumns(headings);
  const [caller, callee] = columns ?? [0, 1];
  const pairs = rows.map((row) => [row[caller]?.trim() ?? "", row[callee]?.trim() ?? ""]);
  return { calls: callsIn(pairs), ...(!columns && { headings: [first, second] as const }) };
}

function namedColumns(headings: readonly string[]): readonly [number, number] | undefined {
  const placeOf = (expected: RegExp): number => headings.findIndex((name) => expected.test(name.trim()));
  const [caller, callee] = [placeOf(HEADINGS.caller), placeOf(HEADINGS.callee)];
  return caller === -1 || callee === -1 ? undefined : [caller, callee];
}

/**
 * The calls of a JSON value.
 * @throws {InvalidInputError} If it is no list of pairs.
 */
export function callsIn(value: unknown): readonly Call[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((pair, index) => {
    const ends: readonly unknown[] = Array.isArray(pair) ? pair : endsOf(pair);
    const [caller, callee] = ends;
    if (typeof caller === "string" && typeof callee === "string" && caller !== "" && callee !== "") {
      return [caller, callee] as const;
    }
    throw new InvalidInputError(`Cannot read edge ${index + 1}: expected the names of a caller and a callee`);
  });
}

function endsOf(value: unknown): readonly unknown[] {
  const fields = isObject(value) ? Object.entries(value) : [];
  return [HEADINGS.caller, HEADINGS.callee].map((name) => fields.find(([field]) => name.test(field))?.[1]);
}

/**
 * The calls of a file among these components: headings that are two of them are a call. What is not measured may lie between two that are.
 * @throws {InvalidInputError} If there are calls, and none names a component.
 */
export function callsAmong({ calls, headings }: WrittenCalls, components: ReadonlySet<string>): readonly Call[] {
  const isCall = headings?.every((name) => components.has(name)) ?? false;
  const all = headings && isCall ? [headings, ...calls] : calls;
  const names = [...new Set(all.flat())];
  if (names.length === 0 || names.some((name) => components.has(name))) return all;
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  const near = names.map((name) => suggest(name, components)).find((name) => name !== undefined);
  throw new InvalidInputError(
    `Cannot use edges: the table has no component ${names.slice(0, MOST_NAMED).join(", ")}${more}, expected names such as "${near ?? [...components][0]}"`,
  );
}
