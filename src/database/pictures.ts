/** Pictures: a row whenever the structure changed; the values of their series lie with the samples. */

import type { Database as Sqlite } from "bun:sqlite";
import type { Picture, Series } from "../core/system/picture.ts";
import { isFields, packedColumn } from "./sqlite/json.ts";
import { orTold } from "./sqlite/unreadable.ts";

/** Reads and writes pictures. */
export interface PictureStore {
  /** Packs the structure of a picture (all but the values of its series), outside of transactions. */
  pack(picture: Picture): PackedPicture;
  add(instance: number, picture: PackedPicture): void;
  /** The structure in force at that time, without series. */
  at(instance: number, atMs: number): Picture | undefined;
  /** Stores unit, kind and signal of series by name. */
  describe(instance: number, series: Iterable<SeriesKind>): void;
  kinds(instance: number): ReadonlyMap<string, SeriesKind>;
  /** Deletes older structures, except the one still in force then. */
  prune(instance: number, beforeMs: number): number;
}

/** A structure ready to be written. */
export interface PackedPicture {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly packed: Uint8Array;
}

/** What all series of one name have in common. */
export type SeriesKind = Pick<Series, "name" | "unit" | "kind" | "signal">;

const pictureColumn = packedColumn(isPicture);

/** Maximum of pictures tried if the newest cannot be read. */
const MOST_TRIED = 10;

interface PictureRow {
  readonly id: number;
  readonly picture: Uint8Array;
}

/** Whether a value has the parts of a picture. */
export function isPicture(value: unknown): value is Picture {
  return (
    isFields(value) &&
    typeof value["atMs"] === "number" &&
    [value["components"], value["links"], value["series"]].every((part) => Array.isArray(part) && part.every(isFields))
  );
}

const IN_FORCE = "SELECT max(at_ms) FROM pictures WHERE instance = $instance AND at_ms <= $atMs";

/** The store of one connection. */
export function pictureStore(sqlite: Sqlite): PictureStore {
  return {
    pack: (picture) => ({
      atMs: Math.round(picture.atMs),
      packed: pictureColumn.write({ ...picture, series: [] }),
    }),
    add: (instance, { atMs, packed }) => {
      sqlite.query("INSERT INTO pictures (instance, at_ms, picture) VALUES (?, ?, ?)").run(instance, atMs, packed);
    },
    at: (instance, atMs) => {
      const rows = sqlite
        .query<PictureRow, [number, number, number]>(
          "SELECT id, picture FROM pictures WHERE instance = ? AND at_ms <= ? ORDER BY at_ms DESC, id DESC LIMIT ?",
        )
        .iterate(instance, atMs, MOST_TRIED);
      for (const { id, picture } of rows) {
        const read = orTold(pictureColumn.read(picture), { table: "pictures", id }, undefined);
        if (read) return read;
      }
      return undefined;
    },
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
