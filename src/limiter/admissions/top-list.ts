/** The names of highest rank among many, found in one pass with little memory. */

interface Ranked {
  readonly name: string;
  readonly rank: number;
}

/** Keeps the names of highest rank, up to a maximum. */
export class TopList {
  readonly #max: number;
  #items: Ranked[] = [];
  /** Rank below which no name is kept. */
  #least: number;

  constructor(max: number) {
    this.#max = max;
    this.#least = max > 0 ? 0 : Number.POSITIVE_INFINITY;
  }

  /** Whether a name of that rank could be kept. */
  wants(rank: number): boolean {
    return rank > this.#least;
  }

  add(name: string, rank: number): void {
    if (!this.wants(rank)) return;
    this.#items.push({ name, rank });
    if (this.#items.length < 2 * this.#max) return;
    this.#items = this.#highest();
    this.#least = this.#items.at(-1)?.rank ?? 0;
  }

  /** Highest first. */
  names(): readonly string[] {
    return this.#highest().map(({ name }) => name);
  }

  #highest(): Ranked[] {
    return this.#items.toSorted((a, b) => b.rank - a.rank).slice(0, this.#max);
  }
}
