/** What a piece of text means, marked in the text itself: anyone who draws it on a terminal shows the marks as colours. */

import { plainLine } from "./plain.ts";

/** What a piece of text means, which decides its colour. */
export type Tone = "good" | "bad" | "warn" | "dim" | "strong" | "plain";

const STYLES = { good: [32, 39], bad: [31, 39], warn: [33, 39], dim: [90, 39], strong: [1, 22] } as const;

/** Identifies our own colours; foreign text cannot know it. */
const MARK = Array.from(crypto.getRandomValues(new Uint16Array(4)), (part) => part % 10_000).join(";");
const MARKED = new RegExp(String.raw`\u001B\[(\d+);${MARK}m`);

/** Text in the colour of its meaning, to be drawn by {@linkcode shown}; plain where `colour` is off. */
export function tinted(tone: Tone, text: string, colour: boolean): string {
  if (tone === "plain" || !colour) return text;
  const [on, off] = STYLES[tone];
  return `\u001B[${on};${MARK}m${text}\u001B[${off};${MARK}m`;
}

/** A line for a terminal: with the colours of {@linkcode tinted}, everything else plain. */
export function shown(line: string): string {
  const pieces = line.split(MARKED);
  return pieces.map((piece, index) => (index % 2 === 1 ? `\u001B[${piece}m` : plainLine(piece))).join("");
}
