/** Secrets identified by the name before them: `name=value`, `"name": "value"`, headers, markup, query strings. */

import { credentialsAt } from "./credentials.ts";
import { headerKind, hidesNumbers, isAssignedSecretName, isSecretName, PART_OF_SECRET_NAME } from "./names.ts";
import { isPlaceholder } from "./prose.ts";
import type { Finder, Span } from "./span.ts";
import { matchAt, valueAt } from "./values.ts";

const NAME = /[\w.$-]{2,}/g;

/** The first word of names such as `api key`. */
const FIRST_OF_TWO = /(?:api|access|secret|private|signing|encryption|account|shared)[ \t_-]{1,3}$/i;

const CLOSING = String.raw`(?:\\*["'\`]|%(?:25)*2[27]|&quot;|&#34;|&#39;|\\+u0022)?\]?`;
const ASSIGNMENT = new RegExp(
  String.raw`${CLOSING}[ \t\u00a0]*(=>|:=|==?|[:：]|%(?:25)*3[DA])(?!\/\/)[ \t\u00a0]*`,
  "iy",
);

/** Separators other than an assignment: a call, a separate `value` field, markup, a Redis reply. */
const PLACED = [
  String.raw`\((?=["'])`,
  String.raw`(?:\\*["'])?,?\s{0,64}\\*["']?value\\*["']?[ \t]*[:=][ \t]*`,
  String.raw`(?:\\*["'])[ \t]*,[ \t]*(?=\\*["'])`,
  String.raw`(?:\\*["'])?(?:\s{1,8}[\w:-]{1,64}="[^"<>]{0,64}"){0,4}\s{0,8}>(?:\s*<!\[CDATA\[)?`,
  String.raw`(?:[^&<>]{0,64})&gt;`,
  String.raw`[ \t]+(?:for[ \t]+\S{1,128}|provided|supplied|given):[ \t]+`,
  String.raw`<\/key>\s*<string>`,
  String.raw`(?:\\*["'])?(?:\r?\n|\\r\\n)(?:(?:\s*\d{1,3}\)\s*){1,2}(?=")|\$\d+(?:\r?\n|\\r\\n))`,
].map((form) => new RegExp(form, "iy"));

const TWO_WORDS = /[a-z]{1,20}[ \t]+[a-z]{1,20}(?=[\s.,;)]|$)/y;

/** Finds the values of secret names. */
export const assignments: Finder = { suspects: PART_OF_SECRET_NAME, find: findAssignments };

function* findAssignments(text: string): Iterable<Span> {
  let lineEnd = -1;
  NAME.lastIndex = 0;
  for (let found = NAME.exec(text); found; found = NAME.exec(text)) {
    const { index: start } = found;
    const end = start + found[0].length;
    if (!PART_OF_SECRET_NAME.test(found[0]) && found[0].toLowerCase() !== "key") continue;
    if (end > lineEnd) lineEnd = endOfLine(text, end);
    const value = assigned({ text, start, end, lineEnd }) ?? placed({ text, start, end, lineEnd });
    if (value) yield value;
    NAME.lastIndex = Math.max(end, value?.end ?? 0);
  }
}

interface Name extends Span {
  readonly text: string;
  readonly lineEnd: number;
}

function assigned(name: Name): Span | undefined {
  const { text, start, end, lineEnd } = name;
  const separator = matchAt(ASSIGNMENT, text, end);
  if (!separator) return undefined;
  const word = wordsOf(name);
  const sign = separator[1] ?? "";
  if (!(sign.includes("=") || /3d$/i.test(sign) ? isAssignedSecretName(word) : isSecretName(word))) return undefined;
  const at = end + separator[0].length;
  const quote = quoteBefore(text, start);
  const isClosed = quote !== "" && separator[0].trimStart().replace(/^\\+/, "").startsWith(quote);
  const within = isClosed ? "" : quote;
  const context = { lineEnd, within, wholeLine: isWholeLine(name, separator[0], within) };
  const kind = headerKind(word);
  if (within !== "" && text.startsWith(within, at)) return undefined; // the name alone is quoted
  if (isSentence(text, at, separator[0]) && !context.wholeLine) return undefined;
  const value = kind ? credentialsAt(text, at, { kind, ...context }) : valueAt(text, at, context);
  return value && (isCount(text, value, word) || isPlaceholder(text.slice(value.start, value.end))) ? undefined : value;
}

/** Prose such as `the token: it is empty`: two lower-case words, no further name. */
function isSentence(text: string, at: number, separator: string): boolean {
  return /:[ \t]+$/.test(separator) && matchAt(TWO_WORDS, text, at) !== null;
}

/** A number under a name such as `token` is a count. */
function isCount(text: string, { start, end }: Span, name: string): boolean {
  if (end - start > 15 || !/^\d+(?:\.\d+)?$/.test(text.slice(start, end))) return false;
  return !hidesNumbers(name) && !name.startsWith("-");
}

function placed(name: Name): Span | undefined {
  const { text, start, end, lineEnd } = name;
  if (!isSecretName(wordsOf(name))) return undefined;
  for (const form of PLACED) {
    const separator = matchAt(form, text, end);
    if (!separator || !standsThere(text, start, separator[0])) continue;
    const at = end + separator[0].length;
    const context = { lineEnd: at > lineEnd ? endOfLine(text, at) : lineEnd, within: "", wholeLine: false };
    const isMarkup = /(?:>|&gt;|\[)$/.test(separator[0]);
    const value = isMarkup ? untilTag(text, at) : valueAt(text, at, context);
    const found = value && text.slice(value.start, value.end);
    if (!found || (separator[0].includes(",") && isSecretName(found))) continue;
    return isPlaceholder(found) ? undefined : value;
  }
  return undefined;
}

/** Markup requires a tag or an attribute value before it, a pair requires a quoted name. */
function standsThere(text: string, start: number, separator: string): boolean {
  const before = text[start - 1] ?? "";
  if (separator.startsWith("</")) return before === ">";
  if (/(?:>|\[)$/.test(separator)) return before === "<" || before === ":" || /^\\*["']/.test(separator);
  if (separator.endsWith("&gt;")) return text.startsWith("&lt;", start - 4);
  return true;
}

function untilTag(text: string, start: number): Span | undefined {
  const end = matchAt(/<|&lt;|\]\]>|\n|$/g, text, start)?.index ?? text.length;
  const isClosed = /[<&\]]/.test(text[end] ?? "");
  return end > start && (isClosed || !/\s/.test(text.slice(start, end))) ? { start, end } : undefined;
}

function wordsOf({ text, start, end }: Name): string {
  const name = text.slice(start, end);
  if (name.toLowerCase() !== "key") return name;
  return (FIRST_OF_TWO.exec(text.slice(Math.max(0, start - 16), start))?.[0] ?? "") + name;
}

/** The quote right before a name. */
function quoteBefore(text: string, start: number): string {
  const before = text[start - 1] ?? "";
  return /["'`]/.test(before) ? before : "";
}

/** The value extends to the end of the line only if the name starts the line: `password: a b`, `password = a b`. */
function isWholeLine({ text, start }: Name, separator: string, within: string): boolean {
  const from = Math.max(0, start - 64);
  const before = text.slice(from, start);
  const begins = /(?:^|\n)[ \t]*(?:- +)?["']?$/.exec(before);
  const isFirst = begins !== null && (begins.index > 0 || before.startsWith("\n") || from === 0);
  return isFirst && within === "" && (/:[ \t]+$|[ \t]=[ \t]*$/.test(separator) || isEndOfLine(text, start, separator));
}

function isEndOfLine(text: string, start: number, separator: string): boolean {
  return separator.endsWith(":") && /^[\w.$"'-]+:[ \t]*\r?\n/.test(text.slice(start, start + 120));
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}
