/** The extent of the value after a secret name. */

import { isPlaceholder, isProse } from "./prose.ts";
import { REDACTED, type Span } from "./span.ts";

/** Context that determines the end of a value. */
export interface ValueContext {
  /** End of the line of the name. */
  readonly lineEnd: number;
  /** An unquoted value extends to the end of its line, as in YAML and INI. */
  readonly wholeLine: boolean;
  /** The quote around the name itself, as for a header on a command line; empty if there is none. */
  readonly within: string;
}

const OPENING = /(?:!!str )?(?:[a-zA-Z](?=["']))?(\\*)(["'`])/y;
const ENCODED_OPENING = /%(?:25)*2[27]|&quot;|&#34;|&#39;|\\+u0022/y;
const BLOCK = /[|>][-+\d]*[ \t]*\r?\n(?:[ \t]+[^\n]*(?:\n|$))+/y;
const NEXT_LINE = /[ \t]*\r?\n[ \t]+[^\s:#]+(?=[ \t]*(?:\r?\n|$))/y;

/** Ends an unquoted value: a space, a closing quote, markup, or another name with a value. */
const BARE_END =
  /[\s\p{Cc}]|["'`](?=[\s,;:)}\]<]|$)|\\+["'`]|<\/|&lt;|&quot;|&amp;|%(?:25)*2[26]|\\[nrt]|[,;](?=$|[\s"'{[]|[\w. -]{1,64}[=:])|&(?=[\w.%[\]-]{1,64}=)|$/gu;

/** The value at an offset; `undefined` if prose follows. */
export function valueAt(text: string, at: number, context: ValueContext): Span | undefined {
  const value = quotedAt(text, at, context.lineEnd) ?? (context.wholeLine ? below(text, at) : undefined);
  return value ?? bareAt(text, at, context);
}

/** The quoted value at an offset; an unterminated one extends to the end of its line. */
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
  /** Number of backslashes before it: each further level of nested JSON turns n into 2n + 1. */
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

/** The lines of a YAML block, or a single word on the next line. */
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

/** The value of a line without comments and trailing commas. */
function lineValue(rest: string): string {
  const comment = rest.search(/\s[#;]/);
  return trimmed((comment < 0 ? rest : rest.slice(0, comment)).trimEnd());
}

function trimmed(value: string): string {
  return value.replace(/[,;)\]}]{1,8}$/, "");
}

/** Executes a sticky pattern at a position, or a global one from there on. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
