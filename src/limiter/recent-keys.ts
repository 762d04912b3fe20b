/** A bounded memory of keys: the hot path notes one in a single look-up. */

/** The keys noted last, each once. */
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

  /** Remembers a key, in place of the oldest one when there are too many. */
  note(key: string): void {
    if (this.#keys.has(key)) return;
    if (this.isFull) this.forget(this.#keys.values().next().value ?? "");
    this.#keys.add(key);
  }

  forget(key: string): void {
    this.#keys.delete(key);
  }

  list(): readonly string[] {
    return [...this.#keys];
  }
}
