/** Comma-separated values as RFC 4180 has them, and those that are separated by semicolons or tabs instead. */

import { InvalidInputError } from "./errors.ts";

const DELIMITERS = [",", ";", "\t"] as const;
type Delimiter = (typeof DELIMITERS)[number];

/**
 * The rows of a text, separated by what the first line has most of; cells as they are written; empty lines are left out. A byte order mark before the first is no part of it.
 * @throws {InvalidInputError} If a quote is not closed, or closed in the middle of a cell.
 */
export function readCsv(text: string): readonly (readonly string[])[] {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const delimiter = delimiterOf(body);
  return body.includes('"') ? quotedRows(body, CELLS[delimiter]) : plainRows(body, delimiter);
}

function delimiterOf(text: string): Delimiter {
  const [first = ""] = /^[^\r\n]*/.exec(text.trimStart()) ?? [];
  const count = (delimiter: Delimiter): number => first.split(delimiter).length;
  return DELIMITERS.reduce((best, one) => (count(one) > count(best) ? one : best));
}

function plainRows(text: string, delimiter: Delimiter): readonly (readonly string[])[] {
  return text
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => line.split(delimiter));
}

/** One match is one cell with what ends it. */
const CELLS: Readonly<Record<Delimiter, RegExp>> = {
  ",": /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\r|\n|$)/y,
  ";": /(?:"((?:[^"]|"")*)"|([^";\r\n]*))(;|\r\n|\r|\n|$)/y,
  "\t": /(?:"((?:[^"]|"")*)"|([^"\t\r\n]*))(\t|\r\n|\r|\n|$)/y,
};

function quotedRows(text: string, cell: RegExp): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  cell.lastIndex = 0;
  while (cell.lastIndex < text.length || row.length > 0) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (!match) throw new InvalidInputError(`Cannot read CSV at line ${lineOf(text, at)}: expected a closed quote`);
    const [, quoted, plain = "", end] = match;
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "," || end === ";" || end === "\t") continue;
    if (row.length > 1 || row[0]?.trim() !== "") rows.push(row);
    row = [];
  }
  return rows;
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split(/\r\n|\r|\n/).length;
}
