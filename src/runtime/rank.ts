/** Ranks the components of a table in a file. */

import { readFileSync, statSync } from "node:fs";
import { callsAmong, readCalls, type WrittenCalls } from "../core/diagnosis/ranking/calls.ts";
import type { Surroundings } from "../core/diagnosis/ranking/components.ts";
import type { MeasuredTable } from "../core/diagnosis/ranking/measured.ts";
import { isCallersView } from "../core/diagnosis/ranking/names.ts";
import { type PlainTableOptions, readPlainTable } from "../core/diagnosis/ranking/plain-table.ts";
import { type Ranking, type RankQuestion, rank } from "../core/diagnosis/ranking/rank.ts";
import { readTableText } from "../core/diagnosis/ranking/table-text.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import { withSuggestion } from "../core/text/suggest.ts";
import { formatIso } from "../core/text/units.ts";

/** The table to rank, and options. */
export interface RankRequest extends Omit<PlainTableOptions, "components"> {
  /** File of the table. */
  readonly file: string;
  /** File of the calls between components; otherwise those in a JSON table. */
  readonly edges?: string | undefined;
  /** Epoch milliseconds of the onset; detected if absent. */
  readonly onsetMs?: number | undefined;
  /** Milliseconds before `onsetMs` in which the onset is searched. */
  readonly searchMs?: number | undefined;
  /** Milliseconds after the onset that are scored. */
  readonly windowMs: number;
  readonly symptom?: Surroundings["symptom"] | undefined;
  /** Names of components outside the system, `*` for any text. @default names that look like a callee as seen by its callers */
  readonly outside?: readonly string[] | undefined;
}

/** Maximum bytes of a table, which must fit into memory several times. */
const MOST_BYTES = 100_000_000;

/**
 * Ranks the components of a table.
 * @throws {InvalidInputError} If a file cannot be read, is not such a table, or the onset is outside of it.
 */
export function rankFile(request: RankRequest): Ranking {
  const text = readTableText(textOf(request.file));
  const written = writtenCalls(text.calls, request);
  const named = written && new Set([...written.calls.flat(), ...(written.headings ?? [])]);
  const table = readPlainTable(text, { ...request, ...(named && { components: named }) });
  const components = new Set(table.series.map(({ component }) => component));
  const calls = written && callsAmong(written, components);
  const { symptom } = request;
  if (symptom && !components.has(symptom.component)) {
    throw new InvalidInputError(
      withSuggestion(`Cannot find component "${symptom.component}" in the table`, symptom.component, components),
    );
  }
  const question: RankQuestion = {
    ...onsetOf(table.atMs, request),
    windowMs: request.windowMs,
    ...(calls && { calls }),
    ...(symptom && { symptom }),
    isOutside: request.outside ? matcher(request.outside) : isCallersView,
  };
  const ranking = rank(table, question);
  if (ranking) return ranking;
  throw new InvalidInputError(`Cannot rank: ${whyNot(table, request)}`);
}

function writtenCalls(inTable: WrittenCalls["calls"] | undefined, { edges }: RankRequest): WrittenCalls | undefined {
  if (edges !== undefined) return readCalls(textOf(edges));
  return inTable && { calls: inTable };
}

/** Rows before the onset, and from it on. */
const LEAST_ROWS = { before: 2, after: 1 } as const;

function rows(count: number): string {
  return `${count} ${count === 1 ? "row" : "rows"}`;
}

function whyNot({ atMs, series }: MeasuredTable, { onsetMs, searchMs }: RankRequest): string {
  const least = LEAST_ROWS.before + LEAST_ROWS.after;
  if (atMs.length < least) return `the table has ${rows(atMs.length)}, expected at least ${least}`;
  const fromMs = onsetMs === undefined ? undefined : onsetMs - (searchMs ?? 0);
  const before = fromMs === undefined ? LEAST_ROWS.before : atMs.filter((at) => at < fromMs).length;
  if (fromMs !== undefined && before < LEAST_ROWS.before) {
    return `the table has ${rows(before)} before ${formatIso(fromMs)}, expected at least ${LEAST_ROWS.before}`;
  }
  if (series.every(({ values }) => values.every((value) => Number.isNaN(value)))) return "no series has a value";
  return `no series changed after ${formatIso(fromMs ?? atMs[Math.floor(atMs.length / 2)] ?? 0)}. Give the time at which the trouble began with --at`;
}

function onsetOf(
  atMs: readonly number[],
  { onsetMs, searchMs }: RankRequest,
): Pick<RankQuestion, "onsetMs" | "search"> {
  if (onsetMs === undefined) return {};
  const [first = 0, last = 0] = [atMs[0], atMs.at(-1)];
  if (onsetMs < first || onsetMs > last) {
    throw new InvalidInputError(
      `Cannot rank at ${formatIso(onsetMs)}: the table reaches from ${formatIso(first)} to ${formatIso(last)}`,
    );
  }
  return searchMs === undefined ? { onsetMs } : { search: { fromMs: onsetMs - searchMs, toMs: onsetMs } };
}

function textOf(file: string): string {
  const size = sizeOf(file);
  if (size > MOST_BYTES) {
    throw new InvalidInputError(
      `Cannot read "${file}": it has ${Math.round(size / 1e6)} MB, expected at most ${MOST_BYTES / 1e6} MB; keep only the time around the incident`,
    );
  }
  const text = readFileSync(file, "utf8");
  if (text.includes("\0")) throw new InvalidInputError(`Cannot read "${file}": it is not text, expected CSV or JSON`);
  return text;
}

function sizeOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new InvalidInputError(`Cannot read "${file}": no such file`);
  if (!found.isFile()) throw new InvalidInputError(`Cannot read "${file}": it is not a file`);
  return found.size;
}

function matcher(patterns: readonly string[]): (component: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const parts = pattern.split("*").map((part) => RegExp.escape(part));
    return new RegExp(`^${parts.join(".*")}$`);
  });
  return (component) => expressions.some((expression) => expression.test(component));
}
