/** Finds the shape of an append: the ordered list of its series. It is almost always that of an earlier append by this process. */

import type { Database as Sqlite } from "bun:sqlite";
import { type Sample, seriesIds } from "./series-ids.ts";

/** Finds shapes, and adds new ones. */
export interface SampleLayout {
  shapeOf(instance: number, samples: readonly Sample[]): number;
}

interface Known {
  readonly shape: number;
  readonly samples: readonly Sample[];
}

/** Shapes cached per instance: one for each source that appends, and some spare ones. */
const REMEMBERED_SHAPES = 64;

/** The shapes of one connection. */
export function sampleLayout(sqlite: Sqlite): SampleLayout {
  const recent = new Map<number, Known[]>();
  const ids = seriesIds(sqlite);
  return {
    shapeOf: (instance, samples) => {
      const known = recent.get(instance) ?? [];
      recent.set(instance, known);
      const found = known.findIndex((candidate) => alike(candidate.samples, samples));
      const [match] = found < 0 ? [] : known.splice(found, 1);
      const shape =
        match && exists(sqlite, match.shape) ? match.shape : addShape(sqlite, instance, ids(instance, samples));
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

function addShape(sqlite: Sqlite, instance: number, series: Uint32Array<ArrayBuffer>): number {
  const packed = new Uint8Array(series.buffer);
  const added = sqlite.query("INSERT INTO shapes (instance, series) VALUES (?, ?)").run(instance, packed);
  return Number(added.lastInsertRowid);
}
