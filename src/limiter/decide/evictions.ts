/** The most units that any key had when it was dropped: this must be assumed of every unknown key. */

import type { Leaving } from "../admissions/key-admissions.ts";

/** Maximum of weights kept; light keys have few different weights. */
const MAX_REMEMBERED = 64;

/** Weights of dropped keys, without those followed by a later one of at least the same weight. */
export class Evictions {
  /** Times rise, units fall. */
  readonly #notes: { readonly atUs: number; readonly units: number }[] = [];

  /** Microseconds at which a key was last dropped. */
  get lastUs(): number {
    return this.#notes.at(-1)?.atUs ?? Number.NEGATIVE_INFINITY;
  }

  /** Notes that a key with that many units was dropped. */
  add(atUs: number, units: number): void {
    while ((this.#notes.at(-1)?.units ?? Number.POSITIVE_INFINITY) <= units) this.#notes.pop();
    this.#notes.push({ atUs, units });
    if (this.#notes.length <= MAX_REMEMBERED) return;
    const [oldest, next] = this.#notes.splice(0, 2);
    if (oldest && next) this.#notes.unshift({ atUs: next.atUs, units: oldest.units });
  }

  /** Moves all times. */
  shift(byUs: number): void {
    this.#notes.splice(
      0,
      Number.POSITIVE_INFINITY,
      ...this.#notes.map((note) => ({ ...note, atUs: note.atUs + byUs })),
    );
  }

  /** Units that an unknown key may have in a window ending now. */
  leaving(nowUs: number, windowUs: number): Leaving[] {
    const most = this.#notes.find(({ atUs }) => atUs + windowUs > nowUs);
    return most ? [[most.atUs + windowUs, most.units]] : [];
  }
}
