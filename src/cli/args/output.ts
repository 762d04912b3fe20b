/** Writes data to stdout: whole lines, without control sequences and secrets of foreign text. */

import { plainJson, plainLine, plainText } from "../../core/text/plain.ts";
import { wordWrap } from "../../core/text/word-wrap.ts";
import type { Html } from "../../render/report/html-text.ts";

/** Writes one line for programs, as wide as it is. */
export function printLine(line: string): void {
  write(plainLine(line));
}

/** Writes lines for people, whatever foreign names are in them: on a terminal, those that are too long are wrapped between words. */
export function printText(...lines: readonly string[]): void {
  const columns = terminalColumns();
  for (const line of lines.flatMap((line) => wordWrap(plainLine(line), columns))) write(line);
}

/** Writes the lines of a document, which a terminal must not wrap. */
export function printReport(lines: readonly string[]): void {
  for (const line of lines) write(plainText(line));
}

/** Prints a page whose foreign text is already escaped and redacted. */
export function printPage(page: Html): void {
  write(String(page));
}

/** Width of the terminal that stdout is; unbounded without one. */
export function terminalColumns(): number {
  // A terminal that does not know its size says 0.
  return process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
}

/** Writes one value as a line of JSON. */
export function printJson(value: unknown): void {
  write(plainJson(value));
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
