/** Comma-separated values as RFC 4180 has them. */

import { InvalidInputError } from "./errors.ts";

/**
 * The rows of a text, cells as they are written; empty lines are left out. A byte order mark before the first is no part of it.
 * @throws {InvalidInputError} If a quote is not closed, or closed in the middle of a cell.
 */
export function readCsv(text: string): readonly (readonly string[])[] {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  return body.includes('"') ? quotedRows(body) : plainRows(body);
}

function plainRows(text: string): readonly (readonly string[])[] {
  return text
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => line.split(","));
}

/** One match is one cell with what ends it. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\r|\n|$)/y;

function quotedRows(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  CELL.lastIndex = 0;
  while (CELL.lastIndex < text.length || row.length > 0) {
    const at = CELL.lastIndex;
    const match = CELL.exec(text);
    if (!match) throw new InvalidInputError(`Cannot read CSV at line ${lineOf(text, at)}: expected a closed quote`);
    const [, quoted, plain = "", end] = match;
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ",") continue;
    if (row.length > 1 || row[0]?.trim() !== "") rows.push(row);
    row = [];
  }
  return rows;
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split(/\r\n|\r|\n/).length;
}
