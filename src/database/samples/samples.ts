/**
 * Samples: numbers over time, one row per append. The values lie packed in a row of their own;
 * their series are a shape, written once and shared by all rows with the same series.
 */

import type { Database as Sqlite } from "bun:sqlite";
import type { SeriesQuestion, SeriesWindow } from "../../core/system/series.ts";
import { transact } from "../sqlite/transaction.ts";
import { sampleLayout } from "./sample-layout.ts";
import type { Sample } from "./series-ids.ts";
import { windowReader } from "./windows.ts";

/** Stores and queries samples. */
export interface SampleStore {
  /** Adds the values of one moment; cheap if the series are those of an earlier append, in the same order. */
  append(instance: number, atMs: number, samples: readonly Sample[]): void;
  /**
   * Answers from stored samples, as a Prometheus that had scraped them would.
   * @throws {InvalidInputError} If the question contradicts itself.
   * @throws {ProbeError} If the answer or its input is too large.
   */
  query(instance: number, question: SeriesQuestion): readonly SeriesWindow[];
  /** Every metric of an instance, with how many series it has. */
  metrics(instance: number): readonly { readonly metric: string; readonly count: number }[];
  /** Deletes older samples, except in windows of frozen evidence, and returns how many rows. */
  prune(instance: number, horizon: SampleHorizon): number;
}

/** How long samples are kept. */
export interface SampleHorizon {
  /** Epoch milliseconds before which samples are deleted. */
  readonly beforeMs: number;
  /** Epoch milliseconds before which they are deleted even in windows of frozen evidence. */
  readonly evidenceBeforeMs: number;
}

/** Rows that one call of prune removes at most, so that it never holds the lock for long. */
const PRUNED_AT_ONCE = 200;

/** The store of one connection. */
export function sampleStore(sqlite: Sqlite): SampleStore {
  const shapes = sampleLayout(sqlite);
  return {
    append: (instance, atMs, samples) => {
      if (samples.length === 0) return;
      transact(sqlite, () => {
        const values = Float64Array.from(samples, ({ value }) => value);
        sqlite
          .query("INSERT INTO samples (instance, shape, at_ms, packed) VALUES (?, ?, ?, ?)")
          .run(instance, shapes.shapeOf(instance, samples), Math.round(atMs), new Uint8Array(values.buffer));
      });
    },
    query: windowReader(sqlite),
    metrics: (instance) =>
      sqlite
        .query<{ metric: string; count: number }, [number]>(
          "SELECT metric, count(*) AS count FROM series WHERE instance = ? GROUP BY metric ORDER BY metric",
        )
        .all(instance),
    prune: (instance, horizon) => transact(sqlite, () => prune(sqlite, instance, horizon)),
  };
}

function prune(sqlite: Sqlite, instance: number, { beforeMs, evidenceBeforeMs }: SampleHorizon): number {
  const { changes } = sqlite
    .query(
      `DELETE FROM samples WHERE id IN (
         SELECT id FROM samples WHERE instance = $instance AND at_ms < $beforeMs AND NOT EXISTS (
           SELECT 1 FROM evidence WHERE evidence.instance = $instance AND evidence.at_ms >= $evidenceBeforeMs
             AND samples.at_ms BETWEEN window_from_ms AND window_to_ms)
         ORDER BY at_ms LIMIT $limit)`,
    )
    .run({ instance, beforeMs, evidenceBeforeMs, limit: PRUNED_AT_ONCE });
  if (changes > 0) pruneShapes(sqlite, instance);
  return changes;
}

/** The newest shapes stay, since a writer may be about to use one. */
function pruneShapes(sqlite: Sqlite, instance: number): void {
  sqlite
    .query(
      `DELETE FROM shapes WHERE instance = $instance
         AND id < (SELECT max(id) - 64 FROM shapes WHERE instance = $instance)
         AND NOT EXISTS (SELECT 1 FROM samples WHERE shape = shapes.id)`,
    )
    .run({ instance });
}
