/** A plain table of series to what the ranker takes: times, components, quantities, numbers. */

import { ratesOf } from "../../system/series-math.ts";
import { InvalidInputError } from "../../text/errors.ts";
import { withSuggestion } from "../../text/suggest.ts";
import { type ColumnHints, columnNames } from "./columns.ts";
import type { MeasuredSeries, MeasuredTable } from "./measured.ts";
import { namedQuantity } from "./names.ts";
import type { TextTable } from "./table-text.ts";
import { readTime } from "./times.ts";

/** How a table is to be read. */
export interface PlainTableOptions extends ColumnHints {
  /** The column of times. @default the one that is called time, timestamp, date or the like */
  readonly time?: string | undefined;
  /** Columns that are no series. */
  readonly ignore?: readonly string[] | undefined;
}

const TIME = /^(unix[ _-]?)?(time|timestamp|ts|date|datetime|epoch)([ _-]?(s|ms|us|ns|utc|sec|seconds|millis))?$/i;
const MISSING = /^(?:|-|nan|null|none|na|n\/a|[+-]?inf(?:inity)?)$/i;
/** Share of the steps at which a counter rises or stays; a restart is a fall. */
const RISING_RATIO = 0.85;
/** A share of requests of at most this is of 1, of more it is of 100. */
const MOST_RATIO = 1.5;
const MOST_NAMED = 3;
/** Epoch milliseconds below which a number is hardly a time. */
const LEAST_MOMENT_MS = 1e11;
/** What else may separate a component from a metric. */
const SEPARATORS = [".", "/", ":", "-", " ", "__"] as const;

/**
 * Reads the series of a table; each column is `component_metric`. Counters become rates, and shares of requests that
 * succeed become shares that fail.
 * @throws {InvalidInputError} If there is no column of times, a cell is no number, or a column has no component.
 */
export function readPlainTable(text: TextTable, options: PlainTableOptions = {}): MeasuredTable {
  const time = timeColumn(text, options);
  const order = orderedRows(text, time);
  const { ignore = [] } = options;
  const missed = ignore.find((name) => !text.names.includes(name));
  if (missed !== undefined) {
    throw new InvalidInputError(withSuggestion(`Cannot find column "${missed}" to ignore`, missed, text.names));
  }
  // A column without a name, such as the row numbers that some programs write first, is of no component.
  const ignored = new Set(["", text.names[time], ...ignore]);
  const columns = text.names.flatMap((name, column) => (ignored.has(name) ? [] : [{ name, column }]));
  if (columns.length === 0) throw new InvalidInputError("Cannot rank a table without series: it has only times");
  const names = columnNames(
    columns.map(({ name }) => name),
    options,
  );
  const odd = columns.filter((_, index) => names[index] === undefined).map(({ name }) => `"${name}"`);
  if (odd.length > 0) throw oddColumns(odd, options);
  const atMs = order.map((row) => row.atMs);
  const series = columns.flatMap(({ column }, index): MeasuredSeries[] => {
    const named = names[index];
    if (!named) return [];
    const values = Float64Array.from(order, ({ row }) => numberAt(text, { row, column }));
    return [{ component: named.component, ...leveled(named.metric, values, atMs) }];
  });
  return { atMs, series };
}

function timeColumn({ names, columns }: TextTable, { time }: PlainTableOptions): number {
  if (time !== undefined) {
    const column = names.indexOf(time);
    if (column !== -1) return column;
    throw new InvalidInputError(withSuggestion(`Cannot find column "${time}" of times`, time, names));
  }
  const fitting = names.filter((name) => TIME.test(name));
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return names.indexOf(only);
  const unnamed = names.indexOf("");
  if (fitting.length === 0 && (columns[unnamed] ?? []).some(isMoment)) return unnamed;
  const found = fitting.length === 0 ? "none is called time or timestamp" : `it may be ${fitting.join(" or ")}`;
  throw new InvalidInputError(`Cannot find the column of times: ${found}. Name it with --time <column>`);
}

/** Whether a cell is a time, and no row number. */
function isMoment(cell: unknown): boolean {
  return (readTime(cell) ?? 0) >= LEAST_MOMENT_MS;
}

interface TimedRow {
  readonly row: number;
  readonly atMs: number;
}

function orderedRows({ columns, names, rowName }: TextTable, time: number): readonly TimedRow[] {
  const rows = (columns[time] ?? []).map((cell, row): TimedRow => {
    const atMs = readTime(cell);
    if (atMs !== undefined) return { row, atMs };
    throw new InvalidInputError(
      `Cannot read time ${JSON.stringify(cell)} at ${rowName(row)}, column "${names[time]}": expected a number of seconds or a date such as 2026-01-31T12:00:00Z`,
    );
  });
  const ordered = rows.toSorted((a, b) => a.atMs - b.atMs);
  const twice = ordered.find(({ atMs }, index) => atMs === ordered[index - 1]?.atMs);
  if (!twice) return ordered;
  throw new InvalidInputError(
    `Cannot use ${rowName(twice.row)}: another row has the same time; expected one row for each moment, and a column for each series`,
  );
}

function numberAt(
  { columns, names, rowName }: TextTable,
  at: { readonly row: number; readonly column: number },
): number {
  const cell = columns[at.column]?.[at.row];
  if (cell === null || cell === undefined) return Number.NaN;
  if (typeof cell === "string" && MISSING.test(cell.trim())) return Number.NaN;
  const value = typeof cell === "number" || typeof cell === "string" ? Number(cell) : Number.NaN;
  if (Number.isFinite(value)) return value;
  const name = names[at.column] ?? "";
  const where = `Cannot read ${JSON.stringify(cell)} at ${rowName(at.row)}, column "${name}"`;
  const isMeant = typeof cell === "string" && /\d/.test(cell) && !/[a-z]/i.test(cell);
  throw new InvalidInputError(
    `${where}: expected a number${isMeant ? " such as 1234.5" : `; leave a column that is no series out with --ignore ${name}`}`,
  );
}

function oddColumns(odd: readonly string[], { separator = "_" }: PlainTableOptions): InvalidInputError {
  const more = odd.length > MOST_NAMED ? ` and ${odd.length - MOST_NAMED} more` : "";
  const columns = odd.length === 1 ? "column" : "columns";
  const other = SEPARATORS.find((one) => one !== separator && odd.every((name) => name.slice(1, -1).includes(one)));
  const way =
    other === undefined
      ? "Leave columns out with --ignore <column>"
      : `Name another separator with --separator "${other}"`;
  return new InvalidInputError(
    `Cannot read ${columns} ${odd.slice(0, MOST_NAMED).join(", ")}${more}: expected component${separator}metric, such as "checkout${separator}cpu". ${way}`,
  );
}

/** What a quantity shows at each moment, and of what it speaks. */
function leveled(metric: string, values: Float64Array, atMs: readonly number[]): Omit<MeasuredSeries, "component"> {
  const { signal, unit, isGood, isCounter } = namedQuantity(metric);
  if (isCounter && isRising(values)) return { metric, signal, values: rates(values, atMs) };
  if (unit === undefined && !isGood) return { metric, signal, values };
  const whole = values.some((value) => value > MOST_RATIO) || unit === "percent" ? 100 : 1;
  const share = { signal, unit: whole === 100 ? "percent" : "ratio" };
  if (!isGood) return { metric, ...share, values };
  return { metric: `${metric} shortfall`, ...share, values: values.map((value) => whole - value) };
}

function isRising(values: Float64Array): boolean {
  const known = values.filter((value) => !Number.isNaN(value));
  const falls = known.filter((value, index) => index > 0 && value < (known[index - 1] ?? value)).length;
  return known.length > 1 && known.at(-1) !== known[0] && falls <= (known.length - 1) * (1 - RISING_RATIO);
}

function rates(values: Float64Array, atMs: readonly number[]): Float64Array {
  const points = atMs.map((at, row) => ({ atMs: at, value: values[row] ?? Number.NaN }));
  const byTime = new Map(
    ratesOf(points.filter(({ value }) => !Number.isNaN(value))).map(({ atMs, value }) => [atMs, value]),
  );
  return Float64Array.from(atMs, (at) => byTime.get(at) ?? Number.NaN);
}
