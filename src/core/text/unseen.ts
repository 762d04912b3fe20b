/** Invisible characters. */

/** Format characters such as direction overrides, fillers and tags; for use in a character class with the flag `u`. */
export const UNSEEN = String.raw`\p{Cf}\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u2065\u3164\uFFA0\u{E0000}-\u{E0FFF}`;

/** A control sequence such as a colour, complete or cut off. */
export const SEQUENCE = String.raw`(?:\u001B\[|\u009B)[\d:;<=>?]*[ -\/]*[@-~]?`;

/** Control characters that neither separate words nor end a line. */
const SILENT = String.raw`\u0001-\u0008\u000E-\u001F\u007F-\u0084\u0086-\u009F`;

const HIDDEN = new RegExp(`${SEQUENCE}|[${SILENT}${UNSEEN}]+`, "gu");
const ANY_HIDDEN = new RegExp(HIDDEN.source, "u");

/** The visible part of a text, with a mapping back to the original. */
export interface SeenText {
  readonly text: string;
  /** The offset in the original text for an index in the visible one. */
  readonly offsetOf: (index: number) => number;
}

/** The visible part of a text. */
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
