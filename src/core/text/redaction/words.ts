/** Splits text into the words of a command line, with any quoting. */

import { REDACTED } from "./span.ts";
import { matchAt } from "./values.ts";

/** One word without its quotes. */
export interface Word {
  readonly text: string;
  /** Offset in the text. */
  readonly start: number;
  readonly quoted: boolean;
  /** Whether it is the first word of its line. */
  readonly first: boolean;
  /** Whether punctuation follows it. */
  readonly ends: boolean;
}

/** Separators between words, including brackets and the colon of JSON before a quoted word. */
const BETWEEN = /(?:[\s,]|[[({:](?=\\*["'`]))+/y;
const QUOTE = /\\*["'`]/y;
const BARE_END = /\s|["'`](?=[\s,;)\]}]|$)|,(?=["'`])/g;
const DEEPEST = 3;

/** The words of a text and, separately, those within each quoted word that contains spaces. */
export function commandLines(text: string, at = 0, depth = 0): readonly (readonly Word[])[] {
  const words = wordsOf(text, at);
  if (depth === DEEPEST) return [words];
  const inner = words.filter((word) => word.quoted && /\s/.test(word.text));
  return [words, ...inner.flatMap((word) => commandLines(word.text, word.start, depth + 1))];
}

/** The elements of an argument vector as words. */
export function argumentWords(values: readonly unknown[]): readonly Word[] {
  return values.map((value, index) => ({
    text: String(value),
    start: 0,
    quoted: true,
    first: index === 0,
    ends: false,
  }));
}

function wordsOf(text: string, offset: number): readonly Word[] {
  const words: Word[] = [];
  const closes = closings(text);
  let first = true;
  let at = 0;
  while (at < text.length) {
    const between = matchAt(BETWEEN, text, at)?.[0] ?? "";
    first ||= between.includes("\n");
    at += between.length;
    const opening = matchAt(QUOTE, text, at)?.[0] ?? "";
    const close = opening === "" ? -1 : closes(opening.at(-1) ?? "", at + opening.length);
    const start = close < 0 ? at : at + opening.length;
    const end = close < 0 ? bareEnd(text, at) : close;
    const word =
      close < 0
        ? stripped(text.slice(start, end))
        : { text: text.slice(start, end).replace(/\\+$/, ""), by: 0, ends: false };
    if (close >= 0 || word.text !== "") {
      words.push({ text: word.text, start: offset + start + word.by, quoted: close >= 0, first, ends: word.ends });
      first = false;
    }
    at = close < 0 ? end : close + 1;
  }
  return words;
}

/** Finds closing quotes. Remembers when none is left, so that the text is not scanned again. */
function closings(text: string): (quote: string, from: number) => number {
  const none = new Set<string>();
  return (quote, from) => {
    if (none.has(quote)) return -1;
    const at = text.indexOf(quote, from);
    if (at < 0) none.add(quote);
    return at;
  };
}

/** An unquoted word may contain quotes; a quote at its end closes an earlier one. */
function bareEnd(text: string, at: number): number {
  return matchAt(BARE_END, text, at + 1)?.index ?? text.length;
}

/** Brackets and punctuation around a bare word are not part of it. */
function stripped(word: string): Pick<Word, "text" | "ends"> & { readonly by: number } {
  if (word.includes(REDACTED)) return { text: word, by: 0, ends: false };
  const by = /^[[({"'`]{0,8}/.exec(word)?.[0].length ?? 0;
  return { text: word.slice(by).replace(/[,;)\]}"'`]{1,8}$/, ""), by, ends: /[,;:.)]$/.test(word) };
}
