/** stdout is data: whole lines, and no crash when the reader has gone. */

import { folded } from "../terminal/text.ts";

/** Writes one line of data. */
export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes lines for people: on a terminal, those that are too long are folded between words. */
export function printText(...lines: readonly string[]): void {
  const { isTTY, columns } = process.stdout;
  const shown = isTTY ? lines.flatMap((line) => folded(line, columns || 80)) : lines;
  shown.forEach(printLine);
}

/** Writes one value as a line of JSON. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}
