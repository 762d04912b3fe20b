/** Quantiles of many numbers without sorting them all. */

/**
 * The values that these shares do not exceed, straight between two values; `NaN` of none. Reorders the values.
 * @param values Without `NaN`.
 * @param shares Ascending, 0 to 1.
 */
export function quantilesIn(values: Float64Array, shares: readonly number[]): readonly number[] {
  const last = values.length - 1;
  const quantiles: number[] = [];
  let from = 0;
  for (const share of shares) {
    const at = Math.max(0, share * last);
    const place = Math.floor(at);
    select(values, place, { from, to: last });
    from = place;
    const value = values[place] ?? Number.NaN;
    quantiles.push(at === place ? value : value + (leastFrom(values, place + 1) - value) * (at - place));
  }
  return quantiles;
}

/** Some places of a list of numbers. */
export interface Part {
  readonly from: number;
  /** The place after the last. */
  readonly to: number;
}

/** The value that a share of a sorted part does not exceed, straight between two values; `NaN` of none. */
export function quantileOfSorted(sorted: Float64Array, { from, to }: Part, share: number): number {
  const at = from + share * (to - 1 - from);
  const place = Math.floor(at);
  const value = sorted[place] ?? Number.NaN;
  return at === place ? value : value + ((sorted[place + 1] ?? Number.NaN) - value) * (at - place);
}

/** Below so many values Shell's sort, with the gaps of Ciura, beats a call of the engine's own. */
const FEW = 400;
const GAPS = [132, 57, 23, 10, 4, 1];

/** Sorts a part, ascending. */
export function sortPart(values: Float64Array, { from, to }: Part): void {
  if (to - from > FEW) {
    values.subarray(from, to).sort();
    return;
  }
  for (const gap of GAPS) {
    for (let end = from + gap; end < to; end++) {
      const value = values[end] ?? 0;
      let place = end;
      for (; place >= from + gap; place -= gap) {
        const before = values[place - gap] ?? 0;
        if (before <= value) break;
        values[place] = before;
      }
      if (place !== end) values[place] = value;
    }
  }
}

function leastFrom(values: Float64Array, from: number): number {
  let least = Number.POSITIVE_INFINITY;
  const { length } = values;
  for (let place = from; place < length; place++) {
    const value = values[place] ?? Number.POSITIVE_INFINITY;
    if (value < least) least = value;
  }
  return least;
}

/** Brings to a place the value that would stand there if all were sorted: smaller ones before it, larger ones behind (Hoare). */
function select(values: Float64Array, place: number, range: { readonly from: number; readonly to: number }): void {
  let { from, to } = range;
  while (from < to) {
    const pivot = middleOf(values[from] ?? 0, values[(from + to) >> 1] ?? 0, values[to] ?? 0);
    let low = from;
    let high = to;
    while (low <= high) {
      while ((values[low] ?? pivot) < pivot) low += 1;
      while ((values[high] ?? pivot) > pivot) high -= 1;
      if (low > high) break;
      const swapped = values[low] ?? 0;
      values[low] = values[high] ?? 0;
      values[high] = swapped;
      low += 1;
      high -= 1;
    }
    if (place <= high) to = high;
    else if (place >= low) from = low;
    else return;
  }
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
