/** Numbers the series of an instance; packed samples refer to series by these numbers. */

import type { Database as Sqlite } from "bun:sqlite";
import { redactJson } from "../../core/text/redaction.ts";
import { insertMany } from "../sqlite/insert-many.ts";

/** The value of one series. */
export interface Sample {
  /** Metric name in Prometheus' grammar. */
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Finds the numbers of series, in the order of the samples, and gives new ones to those that are new. */
export type SeriesIds = (instance: number, samples: readonly Sample[]) => Uint32Array<ArrayBuffer>;

interface SeriesRow {
  readonly id: number;
  readonly metric: string;
  readonly labels: string;
}

/** Series of one instance kept in the cache before it is cleared. */
const REMEMBERED = 200_000;

/** The series of one connection. All series of an instance are read when the first is needed. */
export function seriesIds(sqlite: Sqlite): SeriesIds {
  const books = new Map<number, Map<string, number>>();
  return (instance, samples) => {
    const book = books.get(instance) ?? readAll(sqlite, instance);
    if (book.size > REMEMBERED) book.clear();
    books.set(instance, book);
    const named = samples.map(({ metric, labels }) => `${metric} ${labelText(labels)}`);
    addAll(sqlite, instance, { book, names: named.filter((name) => !book.has(name)) });
    return Uint32Array.from(named, (name) => book.get(name) ?? 0);
  };
}

/** The same text for the same labels in any order. */
function labelText(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels);
  return JSON.stringify(entries.length > 1 ? entries.toSorted(([a], [b]) => (a < b ? -1 : 1)) : entries);
}

function readAll(sqlite: Sqlite, instance: number): Map<string, number> {
  const rows = sqlite
    .query<SeriesRow, [number, number]>("SELECT id, metric, labels FROM series WHERE instance = ? LIMIT ?")
    .all(instance, REMEMBERED);
  return new Map(rows.map(({ id, metric, labels }) => [`${metric} ${labels}`, id]));
}

interface Adding {
  readonly book: Map<string, number>;
  /** Metric and labels of series that have no number yet. */
  readonly names: readonly string[];
}

function addAll(sqlite: Sqlite, instance: number, { book, names }: Adding): void {
  const partsOf = partReader();
  for (let at = 0; at < names.length; at += ADDED_AT_ONCE) {
    const chunk = [...new Set(names.slice(at, at + ADDED_AT_ONCE))];
    const rows = chunk.map((name) => [instance, ...partsOf(name)]);
    const { changes, lastInsertRowid } = insertMany(
      sqlite,
      "INSERT OR IGNORE INTO series (instance, metric, labels)",
      rows,
    );
    // SQLite gives new rows the ids after the largest; if one existed already, each is looked up.
    const isWhole = changes === chunk.length;
    for (const [index, name] of chunk.entries()) {
      book.set(
        name,
        isWhole ? Number(lastInsertRowid) - chunk.length + 1 + index : known(sqlite, instance, partsOf(name)),
      );
    }
  }
}

const ADDED_AT_ONCE = 128;

type PartsOf = (name: string) => readonly [metric: string, labels: string];

/** Reads names as rows hold them: labels without secrets, which many series have in common. No metric's name has a space in it. */
function partReader(): PartsOf {
  const clean = new Map<string, string>();
  return (name) => {
    const space = name.indexOf(" ");
    const labels = name.slice(space + 1);
    return [
      name.slice(0, space),
      clean.getOrInsertComputed(labels, () => JSON.stringify(redactJson(JSON.parse(labels)))),
    ];
  };
}

/** Another process has added it meanwhile. */
function known(sqlite: Sqlite, instance: number, parts: ReturnType<PartsOf>): number {
  const row = sqlite
    .query<Pick<SeriesRow, "id">, [number, string, string]>(
      "SELECT id FROM series WHERE instance = ? AND metric = ? AND labels = ?",
    )
    .get(instance, ...parts);
  if (!row) throw new Error(`Cannot add series "${parts.join(" ")}": the row is missing after the insert`);
  return row.id;
}
