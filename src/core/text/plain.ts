/** Makes foreign text safe to print: no control sequences, no invisible characters, no secrets. */

import { redactJson, redactText } from "./redaction.ts";
import { SEQUENCE, UNSEEN } from "./unseen.ts";

/** Line breaks and carriage returns, except line feed. */
const BREAK = /[\v\f\r\u0085\u2028\u2029]/g;

/** Of other escape sequences only the escape character is removed; their text stays visible. */
const SEQUENCES = new RegExp(SEQUENCE, "g");
const UNSHOWN = new RegExp(String.raw`(?!\n)[\p{Cc}${UNSEEN}]`, "gu");
const UNSHOWN_IN_JSON = new RegExp(String.raw`[\u007F-\u009F\u2028\u2029${UNSEEN}]`, "gu");
const SIMPLE = /^[\n -~]*$/;

/** Characters of foreign text that are examined before an excerpt is taken. */
const LONGEST = 64 << 10;

/** Text without control sequences, invisible characters and secrets. Line feeds stay; other breaks and tabs become spaces. */
export function plainText(text: string): string {
  return redactText(SIMPLE.test(text) ? text : shownSigns(text));
}

/** {@linkcode plainText} on one line. */
export function plainLine(text: string): string {
  return plainText(text).replaceAll("\n", " ");
}

/** One line of JSON without secrets. Control and invisible characters are escaped, so that nothing is lost. */
export function plainJson(value: unknown): string {
  const json = JSON.stringify(redactJson(value)) ?? "null";
  return SIMPLE.test(json) ? json : json.replaceAll(UNSHOWN_IN_JSON, escaped);
}

/** A JSON value with {@linkcode plainText} applied to each string. */
export function plainValue(value: unknown): unknown {
  return withPlainText(redactJson(value));
}

/**
 * The beginning of a text, cut after a complete word: a truncated word could be a secret that is no longer recognised.
 * @param most Characters; 65,536 by default.
 */
export function beginningOf(text: string, most = LONGEST): string {
  if (text.length <= most) return text;
  const beginning = text.slice(0, most);
  const end = Math.max(beginning.lastIndexOf(" "), beginning.lastIndexOf(","), beginning.lastIndexOf("\n"));
  return `${beginning.slice(0, Math.max(0, end))}…`;
}

function shownSigns(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(SEQUENCES, "")
    .replaceAll("\r\n", "\n")
    .replaceAll("\t", "  ")
    .replaceAll(BREAK, " ")
    .replaceAll(UNSHOWN, "");
}

function escaped(sign: string): string {
  return Array.from({ length: sign.length }, (_, at) => {
    return `\\u${sign.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }).join("");
}

function withPlainText(value: unknown): unknown {
  if (typeof value === "string") return plainText(value);
  if (Array.isArray(value)) return value.map(withPlainText);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [plainText(name), withPlainText(inner)]));
}
