/** The columns of a table as CSV or JSON has them, before anything is known of their meaning. */

import { readCsv } from "../../text/csv.ts";
import { InvalidInputError } from "../../text/errors.ts";
import { isObject } from "../../text/parse.ts";
import { type Call, callsIn } from "./calls.ts";
import { readJson } from "./json-text.ts";

/** A table by columns. */
export interface TextTable {
  readonly names: readonly string[];
  /** Of each column its cells, as they are written. */
  readonly columns: readonly (readonly unknown[])[];
  /** What a row is called in front of people: its line, or its place in a list. */
  readonly rowName: (row: number) => string;
  /** Calls between components, where the text has some. */
  readonly calls?: readonly Call[];
}

/**
 * Reads CSV with one row of headings, or JSON: a list of rows, an object of columns, or either as `rows` or `columns` beside
 * `edges`.
 * @throws {InvalidInputError} If it is neither, or is empty.
 */
export function readTableText(text: string): TextTable {
  const table = /^\s*[[{]/.test(text) ? jsonTable(text) : csvTable(text);
  if (table.names.length === 0 || (table.columns[0] ?? []).length === 0) {
    throw new InvalidInputError("Cannot rank an empty table: expected a row of headings and a row for each moment");
  }
  const twice = table.names.find((name, index) => table.names.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidInputError(`Cannot use column "${twice}": there are two of that name`);
  return table;
}

function csvTable(text: string): TextTable {
  const [names = [], ...rows] = readCsv(text);
  const wrong = rows.findIndex(
    (row) => row.slice(names.length).some((cell) => cell.trim() !== "") || row.length < names.length,
  );
  if (wrong !== -1) {
    throw new InvalidInputError(
      `Cannot read row ${wrong + 2}: it has ${counted(rows[wrong]?.length ?? 0, "cell")}, expected ${names.length}`,
    );
  }
  // A separator at the end of each line makes a last column of nothing.
  const columns = names.map((name, column) => ({ name: name.trim(), cells: rows.map((row) => row[column]) }));
  const kept = columns.filter(({ name, cells }) => name !== "" || cells.some((cell = "") => cell.trim() !== ""));
  return {
    names: kept.map(({ name }) => name),
    columns: kept.map(({ cells }) => cells),
    rowName: (row) => `row ${row + 2}`,
  };
}

function jsonTable(text: string): TextTable {
  const value = readJson(text);
  const edges = isObject(value) ? value["edges"] : undefined;
  const calls = edges === undefined ? {} : { calls: callsIn(edges) };
  const body = isObject(value) ? (value["rows"] ?? value["columns"] ?? withoutEdges(value)) : value;
  if (Array.isArray(body)) {
    const rows: unknown[] = body;
    const wrong = rows.findIndex((row) => !isObject(row));
    if (wrong !== -1)
      throw new InvalidInputError(`Cannot read row ${wrong + 1}: expected an object of values by column`);
    const objects = rows.filter(isObject);
    const names = [...new Set(objects.flatMap((row) => Object.keys(row)))];
    return { names, columns: names.map((name) => objects.map((row) => row[name])), rowName, ...calls };
  }
  const entries = isObject(body) ? Object.entries(body) : [];
  const columns = entries.map(([name, column]): readonly unknown[] => {
    if (Array.isArray(column)) return column;
    throw new InvalidInputError(`Cannot read column "${name}": expected a list of values`);
  });
  const odd = columns.findIndex(({ length }) => length !== columns[0]?.length);
  if (odd !== -1) {
    throw new InvalidInputError(
      `Cannot read column "${entries[odd]?.[0]}": it has ${counted(columns[odd]?.length ?? 0, "value")}, expected ${columns[0]?.length}`,
    );
  }
  return { names: entries.map(([name]) => name), columns, rowName, ...calls };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function rowName(row: number): string {
  return `row ${row + 1}`;
}

function withoutEdges({ edges: _edges, ...columns }: Record<string, unknown>): Record<string, unknown> {
  return columns;
}
