/** Foreign text made fit to be shown: it steers no terminal, hides nothing from the eye and holds no secret. */

import { redactJson, redactText } from "./redaction.ts";
import { SEQUENCE, UNSEEN } from "./unseen.ts";

/** What begins a line or goes back to its beginning, but for a plain line feed. */
const BREAK = /[\v\f\r\u0085\u2028\u2029]/g;

/** Of a sequence of another kind only the escape goes, and what it says stays. */
const SEQUENCES = new RegExp(SEQUENCE, "g");
const UNSHOWN = new RegExp(String.raw`(?!\n)[\p{Cc}${UNSEEN}]`, "gu");
const UNSHOWN_IN_JSON = new RegExp(String.raw`[\u007F-\u009F\u2028\u2029${UNSEEN}]`, "gu");
const SIMPLE = /^[\n -~]*$/;

/** Longer text is cut before it is redacted, so that what does not end costs no more than this. */
const LONGEST = 64 << 10;

/** Text of which nothing acts on a terminal; line feeds stay, every other break and a tab become spaces. */
export function plainText(text: string): string {
  return redactText(SIMPLE.test(text) ? text : shownSigns(text));
}

/** A plain text as one line. */
export function plainLine(text: string): string {
  return plainText(text).replaceAll("\n", " ");
}

/** One line of JSON without secrets; what acts on a terminal or is not seen is escaped, so that no reader loses anything. */
export function plainJson(value: unknown): string {
  const json = JSON.stringify(redactJson(value)) ?? "null";
  return SIMPLE.test(json) ? json : json.replaceAll(UNSHOWN_IN_JSON, escaped);
}

/** A value of which each text is plain. */
export function plainValue(value: unknown): unknown {
  return withPlainText(redactJson(value));
}

/**
 * The beginning of a text up to a word that is whole; a word that is cut could be a secret that is not known any more.
 * @default {65536} for `most`
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
