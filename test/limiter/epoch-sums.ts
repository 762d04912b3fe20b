/** What a counter allowed, by epoch: within one, no window holds more than the algorithm may let through. */

import { ALGORITHM_FACTS, type Algorithm } from "../../lua/algorithms.ts";

interface Allowed {
  readonly atUs: number;
  readonly units: number;
}

/** Sums of one key. */
export class EpochSums {
  readonly #algorithm: Algorithm;
  /** By limit, window and epoch. */
  readonly #allowed = new Map<string, Allowed[]>();

  constructor(algorithm: Algorithm) {
    this.#algorithm = algorithm;
  }

  /** Notes units; `epoch` tells apart what may not be compared. */
  add(
    units: number,
    atUs: number,
    { limit, windowUs, epoch }: { limit: number; windowUs: number; epoch: string },
  ): void {
    const name = `${limit} ${windowUs} ${epoch}`;
    const allowed = this.#allowed.get(name) ?? [];
    allowed.push({ atUs, units });
    this.#allowed.set(name, allowed);
  }

  /** The most units of one window, as a multiple of the limit, and where that is more than may be. */
  worst(): { readonly ratio: number; readonly broken: string | undefined } {
    const { worstRatio, windows } = ALGORITHM_FACTS[this.#algorithm];
    let worst: { ratio: number; broken: string | undefined } = { ratio: 0, broken: undefined };
    for (const [epoch, allowed] of this.#allowed) {
      const [limit = 0, windowUs = 0] = epoch.split(" ").map(Number);
      const ratio = most(allowed, windowUs, windows) / limit;
      const broken = ratio > worstRatio ? `${ratio * limit} units in one window of epoch ${epoch}` : undefined;
      if (ratio > worst.ratio) worst = { ratio, broken: broken ?? worst.broken };
    }
    return worst;
  }
}

function most(allowed: readonly Allowed[], windowUs: number, windows: "any" | "fixed"): number {
  let first = 0;
  let units = 0;
  let highest = 0;
  for (const one of allowed) {
    units += one.units;
    const fromUs = windows === "fixed" ? Math.floor(one.atUs / windowUs) * windowUs : one.atUs - windowUs;
    while ((allowed[first]?.atUs ?? 0) < fromUs) units -= allowed[first++]?.units ?? 0;
    highest = Math.max(highest, units);
  }
  return highest;
}
