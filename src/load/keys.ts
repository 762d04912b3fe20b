/** Which key each request uses. */

import type { Random } from "../core/system/random.ts";

/** How keys are chosen. */
export interface KeyOptions {
  /** How many there are; they are numbered from 0. */
  readonly keys: number;
  /** Exponent of a Zipf distribution, by which key number `n` has a weight of 1/(n+1)^`zipf`; even without it. */
  readonly zipf?: number;
  /** Share (0–1) of the requests that goes to key 0 before the rest is chosen as usual. */
  readonly hotRatio?: number;
}

/** Answers the number of a key at each call. */
export function keyChooser({ keys, zipf, hotRatio = 0 }: KeyOptions, random: Random): () => number {
  const choose = zipf === undefined ? () => Math.floor(random() * keys) : zipfian(keys, zipf, random);
  return hotRatio === 0 ? choose : () => (random() < hotRatio ? 0 : choose());
}

function zipfian(keys: number, exponent: number, random: Random): () => number {
  const cumulated = new Float64Array(keys);
  let total = 0;
  for (let key = 0; key < keys; key++) {
    total += (key + 1) ** -exponent;
    cumulated[key] = total;
  }
  return () => firstAbove(cumulated, random() * total);
}

/** Index of the first value above `wanted`, in a list that rises; the last index if there is none. */
function firstAbove(values: Float64Array, wanted: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
