/** Numbers the series of an instance: what a metric with its labels is called wherever samples lie packed. */

import type { Database as Sqlite } from "bun:sqlite";

/** The value of one series. */
export interface Sample {
  /** Metric name in Prometheus' grammar. */
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Finds the numbers of series, in the order of the samples, and gives new ones to those that are new. */
export type SeriesBook = (instance: number, samples: readonly Sample[]) => Uint32Array<ArrayBuffer>;

interface SeriesRow {
  readonly id: number;
  readonly metric: string;
  readonly labels: string;
}

/** Series of one instance that are remembered before the memory is given back. */
const REMEMBERED = 200_000;

/** The series of one connection. What the file has of an instance is read at once, when it is first asked for. */
export function seriesBook(sqlite: Sqlite): SeriesBook {
  const books = new Map<number, Map<string, number>>();
  return (instance, samples) => {
    const book = books.get(instance) ?? readAll(sqlite, instance);
    if (book.size > REMEMBERED) book.clear();
    books.set(instance, book);
    return Uint32Array.from(samples, ({ metric, labels }) => {
      const sorted = JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
      const identity = `${metric} ${sorted}`;
      const id = book.get(identity) ?? add(sqlite, instance, [metric, sorted]);
      book.set(identity, id);
      return id;
    });
  };
}

function readAll(sqlite: Sqlite, instance: number): Map<string, number> {
  const rows = sqlite
    .query<SeriesRow, [number, number]>("SELECT id, metric, labels FROM series WHERE instance = ? LIMIT ?")
    .all(instance, REMEMBERED);
  return new Map(rows.map(({ id, metric, labels }) => [`${metric} ${labels}`, id]));
}

/** Another process may have added it meanwhile. */
function add(sqlite: Sqlite, instance: number, identity: readonly [metric: string, labels: string]): number {
  const added = sqlite
    .query("INSERT OR IGNORE INTO series (instance, metric, labels) VALUES (?, ?, ?)")
    .run(instance, ...identity);
  if (added.changes > 0) return Number(added.lastInsertRowid);
  const known = sqlite
    .query<Pick<SeriesRow, "id">, [number, string, string]>(
      "SELECT id FROM series WHERE instance = ? AND metric = ? AND labels = ?",
    )
    .get(instance, ...identity);
  if (!known) throw new Error(`Cannot add series "${identity[0]}": it is not there after adding`);
  return known.id;
}
