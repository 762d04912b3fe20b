/**
 * Writes data to stdout: whole lines, without control sequences and secrets of foreign text. The caller says of which
 * instance, and what is printed of an emulated one says so, whatever the view of it says.
 */

import { plainJson, plainLine, plainText } from "../../core/text/plain.ts";
import { wordWrap } from "../../core/text/word-wrap.ts";
import { type EmulatedMark, emulatedMark, type InstanceName, titleOf } from "../../core/words/instance.ts";
import { log } from "../../io/log.ts";
import type { Html } from "../../render/report/html-text.ts";

/** An instance as it is printed of. */
export type Named = InstanceName & EmulatedMark;

/** What is printed is of no instance. */
export const NO_INSTANCE = undefined;

/** Writes one line of a log as it is, as wide as it is; that it is of an emulated instance goes to stderr, once. */
export function printLine(of: Named | undefined, line: string): void {
  if (of?.emulated && isNews(of)) log.info(titleOf(of));
  write(plainLine(line));
}

/** Writes lines for people, whatever foreign names are in them: on a terminal, those that are too long are wrapped between words. */
export function printText(of: Named | readonly Named[] | undefined, ...lines: readonly string[]): void {
  const columns = terminalColumns();
  const all = [...headOf(of, lines), ...lines];
  for (const line of all.flatMap((line) => wordWrap(plainLine(line), columns))) write(line);
}

/** Writes the lines of a document, which a terminal must not wrap. */
export function printReport(of: Named, lines: readonly string[]): void {
  for (const line of [...headOf(of, lines), ...lines]) write(plainText(line));
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

/** Writes one value as a line of JSON, marked where it is of an emulated instance. */
export function printJson(of: Named | undefined, value: object | null): void {
  write(plainJson(value && of?.emulated ? { ...value, ...emulatedMark(of) } : value));
}

/** Talk about one instance; its lines say so where it is emulated. */
export function talkOf(of: Named | undefined, talk: typeof log = log): typeof log {
  return of?.emulated ? talk.withTag(titleOf(of)) : talk;
}

/** Emulated instances of which this process has printed that they are. */
const told = new Set<string>();

function isNews(of: Named): boolean {
  const title = titleOf(of);
  const isNew = !told.has(title);
  told.add(title);
  return isNew;
}

/** The title of each emulated instance that no line names, before the first of them. */
function headOf(of: Named | readonly Named[] | undefined, lines: readonly string[]): readonly string[] {
  const all: readonly Named[] = of === undefined ? [] : isList(of) ? of : [of];
  const emulated = new Map(all.filter((one) => one.emulated).map((one) => [titleOf(one), one]));
  return [...emulated].flatMap(([title, one]) =>
    isNews(one) && !lines.some((line) => line.includes(title)) ? [title] : [],
  );
}

function isList(of: Named | readonly Named[]): of is readonly Named[] {
  return Array.isArray(of);
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
