/** Arithmetic over the nodes' admission logs: a lower bound of what was really allowed, independent of counters. */

import type { AdmissionSeries } from "../client/replies.ts";

/** The largest number of units certainly allowed to one key within one window under one limit. */
export interface Peak {
  readonly key: string;
  readonly limit: number;
  /** Milliseconds. */
  readonly windowMs: number;
  /** Units in whole buckets that all lie within one window. */
  readonly units: number;
  /** Redis time in microseconds at which that window ends. */
  readonly endUs: number;
}

/** A span of Redis time in microseconds. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Which windows are evaluated: all, or only those that begin at multiples of their length. */
export type Windows = "any" | "fixed";

/**
 * The peak that exceeds its limit most, among windows that end after that Redis time. Only buckets of one algorithm,
 * limit, window and epoch are added up, and only whole ones within one window: missing data makes the sum smaller,
 * never larger.
 */
export function worstPeak(
  logs: readonly AdmissionSeries[],
  sinceUs: number,
  windows: Windows = "any",
): Peak | undefined {
  const peaks = groupSeries(logs).flatMap((group) => peakOf(group, sinceUs, windows) ?? []);
  return peaks.reduce<Peak | undefined>(
    (worst, peak) => (worst && worst.units / worst.limit >= peak.units / peak.limit ? worst : peak),
    undefined,
  );
}

/** Units that may have been allowed within the span: those of all buckets that overlap it. */
export function unitsTouched(logs: readonly AdmissionSeries[], { fromUs, toUs }: Span): number {
  const touched = logs.flatMap(({ buckets, bucketUs }) =>
    buckets.filter(([bucket]) => (bucket + 1) * bucketUs > fromUs && bucket * bucketUs <= toUs),
  );
  return touched.reduce((sum, [, units]) => sum + units, 0);
}

function groupSeries(logs: readonly AdmissionSeries[]): readonly (readonly AdmissionSeries[])[] {
  return groupBy(logs, ({ algorithm, limit, windowMs, epochUs, bucketUs }) =>
    [algorithm, limit, windowMs, epochUs, bucketUs].join(" "),
  );
}

function peakOf(group: readonly AdmissionSeries[], sinceUs: number, windows: Windows): Peak | undefined {
  const [first] = group;
  const bucketsPerWindow = first ? Math.floor((first.windowMs * 1000) / first.bucketUs) : 0;
  if (!first || bucketsPerWindow < 1) return undefined;
  const { key, limit, windowMs, bucketUs } = first;
  const buckets = addUp(group);
  const sums =
    windows === "fixed"
      ? fixedSums(buckets, first)
      : runs(buckets, bucketsPerWindow).map(({ last, units }) => ({ endUs: (last + 1) * bucketUs, units }));
  const best = sums
    .filter(({ endUs }) => endUs > sinceUs)
    .reduce((a, b) => (b.units > a.units ? b : a), { endUs: 0, units: 0 });
  return best.units > 0 ? { key, limit, windowMs, ...best } : undefined;
}

/** Units by bucket number, ascending. */
function addUp(group: readonly AdmissionSeries[]): readonly (readonly [bucket: number, units: number])[] {
  const sums = new Map<number, number>();
  for (const [bucket, units] of group.flatMap(({ buckets }) => buckets)) {
    sums.set(bucket, (sums.get(bucket) ?? 0) + units);
  }
  return [...sums].toSorted(([a], [b]) => a - b);
}

/** For each bucket, the units of the `length` buckets that end with it. */
function runs(
  buckets: readonly (readonly [bucket: number, units: number])[],
  length: number,
): readonly { readonly last: number; readonly units: number }[] {
  let begin = 0;
  let units = 0;
  return buckets.map(([last, added]) => {
    units += added;
    for (let first = buckets[begin]; first && first[0] <= last - length; first = buckets[++begin]) units -= first[1];
    return { last, units };
  });
}

/** Units of the whole buckets of each window that begins at a multiple of its length. */
function fixedSums(
  buckets: readonly (readonly [bucket: number, units: number])[],
  { windowMs, bucketUs }: AdmissionSeries,
): readonly { readonly endUs: number; readonly units: number }[] {
  const windowUs = windowMs * 1000;
  const sums = new Map<number, number>();
  for (const [bucket, units] of buckets) {
    const number = Math.floor((bucket * bucketUs) / windowUs);
    if ((bucket + 1) * bucketUs > (number + 1) * windowUs) continue;
    sums.set(number, (sums.get(number) ?? 0) + units);
  }
  return [...sums].map(([number, units]) => ({ endUs: (number + 1) * windowUs, units }));
}

function groupBy<T>(items: readonly T[], nameOf: (item: T) => string): readonly (readonly T[])[] {
  return [...Map.groupBy(items, nameOf).values()];
}
