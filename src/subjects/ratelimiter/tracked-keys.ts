/** Remembers which keys were in trouble, so that they are still examined while a ticket of theirs may reopen. */

/** Milliseconds within which a violation reopens a ticket instead of opening another. */
const REOPENS_WITHIN_MS = 600_000;

/** Keys that are or lately were tracked. */
export class TrackedKeys {
  readonly #lastMs = new Map<string, number>();

  /** Takes note of the keys tracked now, and answers them with those that lately were. */
  recall(tracked: readonly string[], atMs: number): readonly string[] {
    for (const key of tracked) this.#lastMs.set(key, atMs);
    for (const [key, lastMs] of this.#lastMs) if (lastMs <= atMs - REOPENS_WITHIN_MS) this.#lastMs.delete(key);
    return [...this.#lastMs.keys()];
  }
}
