/** Pictures: a row whenever the structure changed; the values of their series lie with the samples. */

import type { Database as Sqlite } from "bun:sqlite";
import type { Picture, Series } from "../core/picture.ts";
import { packedColumn } from "./json.ts";
import type { Span } from "./span.ts";

/** Reads and writes pictures. */
export interface PictureStore {
  /** Adds the structure of a picture, that is all of it but the values of its series. */
  add(instance: number, picture: Picture): void;
  /** The structure in force at that time, without series. */
  at(instance: number, atMs: number): Picture | undefined;
  /** The structures that came into force in a span, oldest first, with the one in force at its beginning. */
  between(instance: number, span: Span): readonly Picture[];
  /** Remembers unit, kind and signal of series by their names. */
  describe(instance: number, series: Iterable<SeriesKind>): void;
  kinds(instance: number): ReadonlyMap<string, SeriesKind>;
  /** Forgets what is older, but for what is still in force then. */
  prune(instance: number, beforeMs: number): number;
}

/** What all series of one name have in common. */
export type SeriesKind = Pick<Series, "name" | "unit" | "kind" | "signal">;

/** Structures of pictures and kinds of series, as the first version of the file has them. */
export const pictureTables = `
  CREATE TABLE pictures (
    id INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL REFERENCES instances (id),
    at_ms INTEGER NOT NULL,
    picture BLOB NOT NULL
  ) STRICT;
  CREATE INDEX pictures_by_time ON pictures (instance, at_ms);
  CREATE TABLE series_kinds (
    instance INTEGER NOT NULL REFERENCES instances (id),
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    kind TEXT NOT NULL,
    signal TEXT NOT NULL,
    PRIMARY KEY (instance, name)
  ) STRICT, WITHOUT ROWID`;

const pictureColumn = packedColumn<Picture>();

interface PictureRow {
  readonly picture: Uint8Array;
}

const IN_FORCE = "SELECT max(at_ms) FROM pictures WHERE instance = $instance AND at_ms <= $atMs";

/** The store of one connection. */
export function pictureStore(sqlite: Sqlite): PictureStore {
  const between = (instance: number, { fromMs, toMs }: Span): readonly Picture[] =>
    sqlite
      .query<PictureRow, { instance: number; atMs: number; toMs: number }>(
        `SELECT picture FROM pictures WHERE instance = $instance AND at_ms <= $toMs
           AND at_ms >= coalesce((${IN_FORCE}), $atMs) ORDER BY at_ms, id`,
      )
      .all({ instance, atMs: fromMs, toMs })
      .map(({ picture }) => pictureColumn.read(picture));
  return {
    between,
    add: (instance, picture) => {
      sqlite
        .query("INSERT INTO pictures (instance, at_ms, picture) VALUES (?, ?, ?)")
        .run(instance, Math.round(picture.atMs), pictureColumn.write({ ...picture, series: [] }));
    },
    at: (instance, atMs) => between(instance, { fromMs: atMs, toMs: atMs }).at(-1),
    describe: (instance, series) => {
      const insert = sqlite.query(
        "INSERT OR REPLACE INTO series_kinds (instance, name, unit, kind, signal) VALUES (?, ?, ?, ?, ?)",
      );
      for (const { name, unit, kind, signal } of series) insert.run(instance, name, unit, kind, signal);
    },
    kinds: (instance) =>
      new Map(
        sqlite
          .query<SeriesKind, [number]>("SELECT name, unit, kind, signal FROM series_kinds WHERE instance = ?")
          .all(instance)
          .map((kind) => [kind.name, kind]),
      ),
    prune: (instance, beforeMs) =>
      sqlite
        .query(`DELETE FROM pictures WHERE instance = $instance AND at_ms < (${IN_FORCE})`)
        .run({ instance, atMs: beforeMs }).changes,
  };
}
