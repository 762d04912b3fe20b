/** stdout is data: whole lines, and no crash when the reader has gone. */

import { folded } from "../core/text/folded.ts";

/** Writes one line of data. */
export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes lines for people, whatever foreign names are in them: on a terminal, those that are too long are folded between words. */
export function printText(...lines: readonly string[]): void {
  const columns = terminalColumns();
  lines.flatMap((line) => folded(line, columns)).forEach(printLine);
}

/** Width of the terminal that stdout is; unbounded without one. */
export function terminalColumns(): number {
  // A terminal that does not know its size says 0.
  return process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
}

/** Writes one value as a line of JSON. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}
