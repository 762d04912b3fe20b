/** The healthy history shared by trials on one deployment: each begins with a copy of its newest part, and adds its own. */

import type { Database } from "../../database/mod.ts";

/** Milliseconds of history in a case, with room for the duration of a trial. */
const REACH_MS = 12 * 60_000;

/** A database and the instance in it. */
export interface RecordOf {
  readonly database: Database;
  /** Id of the instance. */
  readonly instance: number;
}

/** Healthy samples by the moments at which they were taken. They keep their times, so there is a gap between two trials. */
export interface SharedPast {
  /** Moments with one kind of traffic that are recent enough for a case. */
  readonly count: (traffic: string, nowMs: number) => number;
  /** Copies the samples of one kind of traffic into a new record. */
  readonly begin: (traffic: string, record: RecordOf) => void;
  /** Adds the samples of a healthy period from a record. */
  readonly keep: (traffic: string, record: RecordOf, span: { readonly fromMs: number; readonly toMs: number }) => void;
}

type Samples = Parameters<Database["samples"]["append"]>[2];

/** An empty history. */
export function sharedPast(): SharedPast {
  const kinds = new Map<string, Map<number, Samples>>();
  const momentsOf = (traffic: string): Map<number, Samples> => {
    const known = kinds.get(traffic) ?? new Map<number, Samples>();
    kinds.set(traffic, known);
    return known;
  };
  return {
    count: (traffic, nowMs) => [...momentsOf(traffic).keys()].filter((atMs) => atMs >= nowMs - REACH_MS).length,
    begin(traffic, { database, instance }) {
      for (const [atMs, samples] of momentsOf(traffic)) database.samples.append(instance, atMs, samples);
    },
    keep(traffic, record, { fromMs, toMs }) {
      const known = momentsOf(traffic);
      for (const [atMs, samples] of samplesOf(record, fromMs, toMs)) known.set(atMs, samples);
      for (const atMs of known.keys()) if (atMs < toMs - REACH_MS) known.delete(atMs);
    },
  };
}

/** The samples of pictures by time. */
function samplesOf({ database, instance }: RecordOf, fromMs: number, toMs: number): ReadonlyMap<number, Samples> {
  const moments = new Map<number, Samples[number][]>();
  for (const metric of database.pictures.kinds(instance).keys()) {
    const windows = database.samples.query(instance, { metric, labels: {}, windowMs: toMs - fromMs, endMs: toMs });
    for (const { labels, points } of windows) {
      for (const { atMs, value } of points) {
        const own = moments.get(atMs) ?? [];
        own.push({ metric, labels, value });
        moments.set(atMs, own);
      }
    }
  }
  return new Map([...moments].toSorted(([a], [b]) => a - b));
}
