/** Where the value behind a secret's name begins and ends. */

import { isPlaceholder, isProse } from "./prose.ts";
import { REDACTED, type Span } from "./span.ts";

/** What else decides where a value ends. */
export interface ValueContext {
  /** Where the line of the name ends. */
  readonly lineEnd: number;
  /** A bare value goes on to the end of its line, as in YAML and INI. */
  readonly wholeLine: boolean;
  /** The quote in which the name itself stands, as of a header on a command line; empty without one. */
  readonly within: string;
}

const OPENING = /(?:!!str )?(?:[a-zA-Z](?=["']))?(\\*)(["'`])/y;
const ENCODED_OPENING = /%(?:25)*2[27]|&quot;|&#34;|&#39;|\\+u0022/y;
const BLOCK = /[|>][-+\d]*[ \t]*\r?\n(?:[ \t]+[^\n]*(?:\n|$))+/y;
const NEXT_LINE = /[ \t]*\r?\n[ \t]+[^\s:#]+(?=[ \t]*(?:\r?\n|$))/y;

/** What ends a bare value: a space, a closing quote, markup, another name with a value. */
const BARE_END =
  /[\s\p{Cc}]|["'`](?=[\s,;:)}\]<]|$)|\\+["'`]|<\/|&lt;|&quot;|&amp;|%(?:25)*2[26]|\\[nrt]|[,;](?=$|[\s"'{[]|[\w. -]{1,64}[=:])|&(?=[\w.%[\]-]{1,64}=)|$/gu;

/** The value that begins at an offset, or nothing where a sentence goes on instead. */
export function valueAt(text: string, at: number, context: ValueContext): Span | undefined {
  const value = quotedAt(text, at, context.lineEnd) ?? (context.wholeLine ? below(text, at) : undefined);
  return value ?? bareAt(text, at, context);
}

/** The value in quotes that begins at an offset; one that does not end goes on to the end of its line. */
export function quotedAt(text: string, at: number, lineEnd: number): Span | undefined {
  const encoded = matchAt(ENCODED_OPENING, text, at);
  if (encoded) {
    const start = at + encoded[0].length;
    const end = text.indexOf(encoded[0], start);
    return { start, end: end < 0 ? lineEnd : Math.min(end, lineEnd) };
  }
  const [all, slashes = "", quote] = matchAt(OPENING, text, at) ?? [];
  if (all === undefined || quote === undefined) return undefined;
  const start = at + all.length;
  return { start, end: closingQuote(text, { start, end: lineEnd }, { quote, slashes: slashes.length }) };
}

interface Quote {
  readonly quote: string;
  /** How many backslashes stand before it: one more level of JSON within JSON makes 2n + 1 of n. */
  readonly slashes: number;
}

function closingQuote(text: string, line: Span, { quote, slashes }: Quote): number {
  for (let at = text.indexOf(quote, line.start); at >= 0 && at < line.end; at = text.indexOf(quote, at + 1)) {
    let before = 0;
    while (at - before > line.start && text[at - before - 1] === "\\") before += 1;
    if (before < slashes) return at - before;
    if ((before - slashes) % (2 * (slashes + 1)) === 0) return at - slashes;
  }
  return line.end;
}

/** The lines of a YAML block, or the only word of the next line. */
function below(text: string, at: number): Span | undefined {
  const all = (matchAt(BLOCK, text, at) ?? matchAt(NEXT_LINE, text, at))?.[0];
  if (all === undefined) return undefined;
  const first = all.indexOf("\n");
  const start = first + all.slice(first).search(/\S|$/);
  return { start: at + start, end: at + all.trimEnd().length };
}

function bareAt(text: string, start: number, { lineEnd, wholeLine, within }: ValueContext): Span | undefined {
  if (text.startsWith(REDACTED, start)) return undefined;
  const end = matchAt(BARE_END, text, start)?.index ?? text.length;
  const word = text.slice(start, end);
  if (isProse(word) || isPlaceholder(word) || /^[{[(]+$/.test(word)) return undefined;
  if (wholeLine) return { start, end: start + lineValue(text.slice(start, lineEnd)).length };
  const own = within && word.includes(within) ? word.slice(0, word.indexOf(within)) : word;
  return { start, end: start + trimmed(own).length };
}

/** A line's value without a comment and the comma of an object in a program. */
function lineValue(rest: string): string {
  const comment = rest.search(/\s[#;]/);
  return trimmed((comment < 0 ? rest : rest.slice(0, comment)).trimEnd());
}

function trimmed(value: string): string {
  return value.replace(/[,;)\]}]{1,8}$/, "");
}

/** A pattern with the flag `y` tried at one place, one with `g` from there on. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
