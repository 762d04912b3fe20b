/** JSON as programs write tables: strict, with the bare NaN of Python, or one value per line. */

import { InvalidInputError } from "../../text/errors.ts";

/**
 * The value of a text; a list of the values where each line is one. Bare NaN and Infinity are null.
 * @throws {InvalidInputError} If it is not JSON; says where.
 */
export function readJson(text: string): unknown {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const strict = parsed(body);
  if (strict) return strict.value;
  const known = body.replaceAll(BARE, (token) => (token.startsWith('"') ? token : "null"));
  return (parsed(known) ?? linesOf(known) ?? refuse(body)).value;
}

/** A string, or a number that JSON does not have. */
const BARE = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;
/** One token of JSON behind its white space: a string, a bare word or number, or a sign. */
const TOKEN =
  /\s*(?:("(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|-?NaN|-?Infinity)|([[\]{},:]))/y;
const CLOSES: Readonly<Record<string, string>> = { "[": "]", "{": "}" };
const OPENING: ReadonlySet<string> = new Set(Object.keys(CLOSES));
const CLOSING: ReadonlySet<string> = new Set(Object.values(CLOSES));
const BETWEEN: ReadonlySet<string> = new Set([",", ":"]);
/** Characters of what is unexpected that are shown, and white space before it that is skipped. */
const MOST_SHOWN = 12;
const MOST_SPACE = 10_000;

interface Parsed {
  readonly value: unknown;
}

function parsed(text: string): Parsed | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function linesOf(text: string): Parsed | undefined {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "");
  if (lines.length < 2) return undefined;
  const values: unknown[] = [];
  for (const line of lines) {
    const one = parsed(line);
    if (!one) return undefined;
    values.push(one.value);
  }
  return { value: values };
}

function refuse(text: string): never {
  throw new InvalidInputError(`Cannot read JSON: ${faultIn(text)}`);
}

/** What is wrong with a text that is not JSON, and where. */
function faultIn(text: string): string {
  const open: string[] = [];
  let before = "";
  TOKEN.lastIndex = 0;
  for (let from = 0; ; from = TOKEN.lastIndex) {
    const [, value, sign = ""] = TOKEN.exec(text) ?? [];
    const token = value ?? sign;
    if (token === "") return endsAt(text, from, open.at(-1));
    if (!mayFollow(token, before) || (CLOSING.has(token) && open.pop() !== token))
      return `unexpected ${placeOf(text, from)}`;
    if (token in CLOSES) open.push(CLOSES[token] ?? "");
    before = token;
  }
}

function endsAt(text: string, from: number, open: string | undefined): string {
  if (text.slice(from).trim() !== "") return `unexpected ${placeOf(text, from)}`;
  if (open === undefined) return "it is not a list of rows or an object of columns";
  return `it ends at line ${linesBefore(text, text.length)}, expected a closing ${open}`;
}

/** Whether two neighbouring tokens can be part of JSON, as far as signs tell. */
function mayFollow(token: string, before: string): boolean {
  const isAfterValue = before !== "" && !OPENING.has(before) && !BETWEEN.has(before);
  if (BETWEEN.has(token)) return isAfterValue;
  return CLOSING.has(token) ? !BETWEEN.has(before) : !isAfterValue;
}

function placeOf(text: string, from: number): string {
  const at = from + (/^\s*/.exec(text.slice(from, from + MOST_SPACE))?.[0].length ?? 0);
  return `${JSON.stringify(text.slice(at, at + MOST_SHOWN))} at line ${linesBefore(text, at)}`;
}

function linesBefore(text: string, at: number): number {
  return text.slice(0, at).split(/\r\n|\r|\n/).length;
}
