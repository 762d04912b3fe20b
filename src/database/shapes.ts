/** Finds the shape of an append: the ordered list of its series. Nearly always it is that of an append before. */

import type { Database as Sqlite } from "bun:sqlite";
import type { Sample } from "./samples.ts";

/** Finds shapes, and adds those that are new. */
export interface ShapeBook {
  shapeOf(instance: number, samples: readonly Sample[]): number;
}

interface Known {
  readonly shape: number;
  readonly samples: readonly Sample[];
}

/** Shapes remembered per instance: one for each source that appends, and some to spare. */
const REMEMBERED_SHAPES = 64;

/** Identities remembered before the memory is given back. */
const REMEMBERED_SERIES = 200_000;

/** The shapes of one connection. */
export function shapeBook(sqlite: Sqlite): ShapeBook {
  const recent = new Map<number, Known[]>();
  const ids = new Map<string, number>();
  return {
    shapeOf: (instance, samples) => {
      const known = recent.get(instance) ?? [];
      recent.set(instance, known);
      const found = known.findIndex((candidate) => alike(candidate.samples, samples));
      const [match] = found < 0 ? [] : known.splice(found, 1);
      const shape = match && exists(sqlite, match.shape) ? match.shape : addShape(sqlite, instance, { samples, ids });
      known.unshift({ shape, samples });
      known.length = Math.min(known.length, REMEMBERED_SHAPES);
      return shape;
    },
  };
}

/** The same series in the same order. */
function alike(a: readonly Sample[], b: readonly Sample[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((sample, index) => {
    const other = b[index];
    return other !== undefined && sample.metric === other.metric && sameLabels(sample.labels, other.labels);
  });
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function exists(sqlite: Sqlite, shape: number): boolean {
  return sqlite.query("SELECT 1 FROM shapes WHERE id = ?").get(shape) !== null;
}

interface NewShape {
  readonly samples: readonly Sample[];
  readonly ids: Map<string, number>;
}

function addShape(sqlite: Sqlite, instance: number, { samples, ids }: NewShape): number {
  if (ids.size > REMEMBERED_SERIES) ids.clear();
  const series = Uint32Array.from(samples, (sample) => seriesId(sqlite, instance, { sample, ids }));
  const packed = new Uint8Array(series.buffer);
  const same = sqlite
    .query<{ id: number }, [number, Uint8Array]>("SELECT id FROM shapes WHERE instance = ? AND series = ? LIMIT 1")
    .get(instance, packed);
  if (same) return same.id;
  const added = sqlite.query("INSERT INTO shapes (instance, series) VALUES (?, ?)").run(instance, packed);
  return Number(added.lastInsertRowid);
}

interface NewSeries {
  readonly sample: Sample;
  readonly ids: Map<string, number>;
}

function seriesId(sqlite: Sqlite, instance: number, { sample, ids }: NewSeries): number {
  const labels = JSON.stringify(Object.entries(sample.labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const identity = `${instance} ${sample.metric} ${labels}`;
  const known = ids.get(identity);
  if (known !== undefined) return known;
  const row = sqlite
    .query<{ id: number }, [number, string, string]>(
      `INSERT INTO series (instance, metric, labels) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET metric = excluded.metric RETURNING id`,
    )
    .get(instance, sample.metric, labels);
  if (!row) throw new Error(`Cannot add series "${sample.metric}": it is not there after adding`);
  ids.set(identity, row.id);
  return row.id;
}
