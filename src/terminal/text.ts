/** Text made fit for a terminal line: colours, widths, bars and sparklines; pure functions. */

import { plainLine } from "../core/text/plain.ts";

/** What a piece of text means, which decides its colour. */
export type Tone = "good" | "bad" | "warn" | "dim" | "strong" | "plain";

const STYLES = { good: [32, 39], bad: [31, 39], warn: [33, 39], dim: [90, 39], strong: [1, 22] } as const;
const BARS = "▁▂▃▄▅▆▇█";

/** By this a colour of ours is told from one in foreign text, which cannot know it. */
const MARK = Array.from(crypto.getRandomValues(new Uint16Array(4)), (part) => part % 10_000).join(";");
const MARKED = new RegExp(String.raw`\u001B\[(\d+);${MARK}m`);

/** Text in the colour of its meaning, to be drawn by {@linkcode shown}; plain where `colour` is off. */
export function tinted(tone: Tone, text: string, colour: boolean): string {
  if (tone === "plain" || !colour) return text;
  const [on, off] = STYLES[tone];
  return `\u001B[${on};${MARK}m${text}\u001B[${off};${MARK}m`;
}

/** A line as a terminal may have it: with the colours of {@linkcode tinted}, and all else plain. */
export function shown(line: string): string {
  const pieces = line.split(MARKED);
  return pieces.map((piece, index) => (index % 2 === 1 ? `\u001B[${piece}m` : plainLine(piece))).join("");
}

/** The beginning of a line that fits `columns`; wide characters count as two columns. */
export function fitted(line: string, columns: number): string {
  if (Bun.stringWidth(line) <= columns) return line;
  let end = columns - 1;
  let cut = Bun.sliceAnsi(line, 0, end);
  while (Bun.stringWidth(cut) > columns - 1 && end > 0) {
    end -= 1;
    cut = Bun.sliceAnsi(line, 0, end);
  }
  return `${cut}…`;
}

/** Text padded to `columns`, colours not counted. */
export function padded(text: string, columns: number, side: "left" | "right" = "right"): string {
  const space = " ".repeat(Math.max(0, columns - Bun.stringWidth(text)));
  return side === "right" ? text + space : space + text;
}

/** One block character per value, scaled from 0 to the largest; a blank where there is none. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const top = Math.max(...values.map((value = 0) => value), Number.MIN_VALUE);
  return values
    .map((value = Number.NaN) => BARS[Math.min(7, Math.max(0, Math.round((value / top) * 7)))] ?? " ")
    .join("");
}
