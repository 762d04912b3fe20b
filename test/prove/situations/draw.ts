/** Draws by lot, the same for the same randomness. */

import type { Random } from "../../../src/core/system/random.ts";

/** One of several. */
export function drawOne<T>(random: Random, [first, ...others]: readonly T[]): T {
  const drawn = [first, ...others][Math.floor(random() * (others.length + 1))] ?? first;
  if (drawn === undefined) throw new RangeError("Cannot draw one of none");
  return drawn;
}

/** A whole number of a range. */
export function drawFrom(random: Random, least: number, most: number): number {
  return Math.round(least + random() * (most - least));
}
