/** Units of one counter in the order of their times, in a bounded number of groups per window. */

import type { Leaving } from "../../admissions/key-admissions.ts";

/** Units, and the latest time of their admission in microseconds of the node's monotonic clock. */
export type TimedUnits = readonly [atUs: number, units: number];

/** Maximum of groups in one window. */
const GROUPS_PER_WINDOW = 500;

/** A list of units that grows at its end and is cut at its front. */
export class UnitRun {
  /** Units in all. */
  units = 0;
  readonly #windowUs: number;
  readonly #groups: { firstUs: number; atUs: number; units: number }[] = [];

  constructor(windowUs: number) {
    this.#windowUs = windowUs;
  }

  /** Number of groups. */
  get size(): number {
    return this.#groups.length;
  }

  /** Adds units; a time before the last one is replaced by it. */
  add(atUs: number, units: number): void {
    const last = this.#groups.at(-1);
    const latestUs = Math.max(atUs, last?.atUs ?? atUs);
    this.units += units;
    if (last && latestUs - last.firstUs <= this.#windowUs / GROUPS_PER_WINDOW) {
      last.atUs = latestUs;
      last.units += units;
    } else {
      this.#groups.push({ firstUs: latestUs, atUs: latestUs, units });
    }
  }

  /** Drops units that have left a window ending at that time. */
  cut(nowUs: number): void {
    const kept = this.#groups.findIndex(({ atUs }) => atUs + this.#windowUs >= nowUs);
    const dropped = this.#groups.splice(0, kept < 0 ? this.#groups.length : kept);
    this.units -= dropped.reduce((sum, { units }) => sum + units, 0);
  }

  /** Removes that many units, oldest first. */
  remove(units: number): void {
    let left = Math.min(units, this.units);
    this.units -= left;
    for (let [oldest] = this.#groups; oldest && left >= oldest.units; [oldest] = this.#groups) {
      left -= oldest.units;
      this.#groups.shift();
    }
    if (this.#groups[0]) this.#groups[0].units -= left;
  }

  /** When the units leave the window, in order: at its very end they still count. */
  leaving(): Leaving[] {
    return this.#groups.map(({ atUs, units }) => [atUs + this.#windowUs + 1, units]);
  }

  /** All units with their times. */
  timed(): TimedUnits[] {
    return this.#groups.map(({ atUs, units }) => [atUs, units]);
  }
}
