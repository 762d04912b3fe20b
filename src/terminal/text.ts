/** Text made fit for a terminal line: colours, widths, bars and sparklines; pure functions. */

import { styleText } from "node:util";
import { withoutControls } from "../core/text/excerpt.ts";

/** What a piece of text means, which decides its colour. */
export type Tone = "good" | "bad" | "warn" | "dim" | "strong" | "plain";

const STYLES = { good: "green", bad: "red", warn: "yellow", dim: "gray", strong: "bold" } as const;
const BARS = "▁▂▃▄▅▆▇█";

/** Text in the colour of its meaning; plain where `colour` is off. */
export function tinted(tone: Tone, text: string, colour: boolean): string {
  return tone === "plain" || !colour ? text : styleText(STYLES[tone], text, { validateStream: false });
}

/** One line that fits `columns`, without control characters; wide characters count as two columns. */
export function fitted(line: string, columns: number): string {
  const clean = withoutControls(line);
  if (Bun.stringWidth(clean) <= columns) return clean;
  let end = columns - 1;
  let cut = Bun.sliceAnsi(clean, 0, end);
  while (Bun.stringWidth(cut) > columns - 1 && end > 0) {
    end -= 1;
    cut = Bun.sliceAnsi(clean, 0, end);
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
