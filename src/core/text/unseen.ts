/** What no eye sees in a text. */

/** Formats such as those that turn text round, fillers, tags; to stand within the brackets of a pattern with the flag `u`. */
export const UNSEEN = String.raw`\p{Cf}\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u2065\u3164\uFFA0\u{E0000}-\u{E0FFF}`;

/** A sequence of control, such as a colour, with or without its end. */
export const SEQUENCE = String.raw`(?:\u001B\[|\u009B)[\d:;<=>?]*[ -\/]*[@-~]?`;

/** Controls that neither separate words nor end a line. */
const SILENT = String.raw`\u0001-\u0008\u000E-\u001F\u007F-\u0084\u0086-\u009F`;

const HIDDEN = new RegExp(`${SEQUENCE}|[${SILENT}${UNSEEN}]+`, "gu");
const ANY_HIDDEN = new RegExp(HIDDEN.source, "u");

/** A text without what is not seen, by which its words are found however they are split or coloured. */
export interface SeenText {
  readonly text: string;
  /** Where in the whole text a place of the seen one is. */
  readonly offsetOf: (index: number) => number;
}

/** The seen part of a text. */
export function seenText(text: string): SeenText {
  if (!ANY_HIDDEN.test(text)) return { text, offsetOf: (index) => index };
  const pieces: string[] = [];
  const offsets: number[] = [];
  let from = 0;
  const add = (to: number): void => {
    pieces.push(text.slice(from, to));
    for (let at = from; at < to; at += 1) offsets.push(at);
  };
  for (const { index, 0: hidden } of text.matchAll(HIDDEN)) {
    add(index);
    from = index + hidden.length;
  }
  add(text.length);
  return { text: pieces.join(""), offsetOf: (index) => offsets[index] ?? text.length };
}
