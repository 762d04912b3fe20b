/** How far a share that was seen in a few trials may be from the truth. */

/** A share and the interval in which the true one lies with 95 %. */
export interface Share {
  readonly count: number;
  readonly of: number;
  /** 0 to 1. */
  readonly low: number;
  /** 0 to 1. */
  readonly high: number;
}

const Z = 1.96;

/** Wilson's score interval, which holds for few trials and for shares near 0 and 1; of no trial anything is possible. */
export function wilson(count: number, of: number): Share {
  if (of === 0) return { count, of, low: 0, high: 1 };
  const ratio = count / of;
  const scale = 1 + Z ** 2 / of;
  const middle = (ratio + Z ** 2 / (2 * of)) / scale;
  const half = (Z * Math.sqrt((ratio * (1 - ratio)) / of + Z ** 2 / (4 * of ** 2))) / scale;
  return { count, of, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
