/** A bounded memory of keys and how often each was noted: the hot path spends two look-ups on it. */

/** The keys noted last, each with its count since it was first remembered. */
export class RecentKeys {
  readonly #counts = new Map<string, number>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Whether keys may have been pushed out. */
  get isFull(): boolean {
    return this.#counts.size >= this.#max;
  }

  /** Counts a key as the newest, in place of the one that was noted longest ago when there are too many. */
  note(key: string): void {
    const count = this.#counts.get(key) ?? 0;
    if (count > 0) this.#counts.delete(key);
    else if (this.isFull) this.forget(this.#counts.keys().next().value ?? "");
    this.#counts.set(key, count + 1);
  }

  forget(key: string): void {
    this.#counts.delete(key);
  }

  list(): readonly string[] {
    return [...this.#counts.keys()];
  }

  /** The keys noted most, with their counts, most first. */
  heaviest(limit: number): readonly (readonly [key: string, count: number])[] {
    return [...this.#counts].toSorted(([, a], [, b]) => b - a).slice(0, limit);
  }
}
