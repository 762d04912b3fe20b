/** A bounded memory of keys: the hot path spends two look-ups on it. */

/** The keys noted last. */
export class RecentKeys {
  readonly #keys = new Set<string>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Whether keys may have been pushed out. */
  get isFull(): boolean {
    return this.#keys.size >= this.#max;
  }

  /** Takes a key for the newest, in place of the one that was noted longest ago when there are too many. */
  note(key: string): void {
    if (!this.#keys.delete(key) && this.isFull) this.#keys.delete(this.#keys.keys().next().value ?? "");
    this.#keys.add(key);
  }

  list(): readonly string[] {
    return [...this.#keys];
  }
}
