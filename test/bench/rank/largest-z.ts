/** The plain rival: the component with the series whose mean lies the most standard deviations above that of its baseline. */

import type { LabelledCase } from "./case.ts";

/** Components, the one with the largest z first. */
export function largestZ({ table: { atMs, series }, question }: LabelledCase): readonly string[] {
  const onset = atMs.findIndex((at) => at >= (question.onsetMs ?? 0));
  const largest = new Map<string, number>();
  for (const { component, values } of series) {
    const z = zOf(values.slice(0, onset), values.slice(onset));
    if (z > (largest.get(component) ?? Number.NEGATIVE_INFINITY)) largest.set(component, z);
  }
  return [...largest].toSorted(([, a], [, b]) => b - a).map(([component]) => component);
}

function zOf(before: Float64Array, after: Float64Array): number {
  const known = before.filter((value) => !Number.isNaN(value));
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length);
  const most = after.filter((value) => !Number.isNaN(value)).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const z = (most - mean) / deviation;
  return Number.isNaN(z) ? Number.NEGATIVE_INFINITY : z;
}
