/** First in, first out, with an end to its patience. */

/** A queue of bounded length. */
export class WaitingLine<Item> {
  readonly #capacity: number;
  readonly #items: (Item | undefined)[] = [];
  #head = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Whether there was room. */
  push(item: Item): boolean {
    if (this.length >= this.#capacity) return false;
    this.#items.push(item);
    return true;
  }

  /** The item that has waited longest. */
  peek(): Item | undefined {
    return this.#items[this.#head];
  }

  /** Takes out the item that has waited longest. */
  shift(): Item | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    // Rare enough to cost nothing per item, and often enough to hold no more than twice what waits.
    if (this.#head * 2 >= this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }
}
