/** What all members of PD keep: values by key, each change numbered, so that a member is told what it has missed. */

/** One change; `null` removes the key. */
export interface Change {
  readonly index: number;
  readonly key: string;
  readonly value: unknown;
}

/** Keys and their values, as every member has or will have them. */
export class ReplicatedState {
  readonly #values = new Map<string, Change>();
  #index = 0;
  readonly #onChange: () => void;

  constructor(onChange: () => void = () => undefined) {
    this.#onChange = onChange;
  }

  /** Number of the newest change. */
  get index(): number {
    return this.#index;
  }

  /** The value of a key; `undefined` where there is none. */
  get(key: string): unknown {
    return this.#values.get(key)?.value ?? undefined;
  }

  /** Values whose keys begin so. */
  under(prefix: string): readonly (readonly [key: string, value: unknown])[] {
    return [...this.#values].flatMap(([key, { value }]) =>
      key.startsWith(prefix) && value !== null ? [[key.slice(prefix.length), value] as const] : [],
    );
  }

  /** Changes a value here; the leader tells the others. */
  put(key: string, value: unknown): void {
    this.#index += 1;
    this.#values.set(key, { index: this.#index, key, value });
    this.#onChange();
  }

  /** The changes that somebody misses who has those up to `index`, oldest first. */
  changesAfter(index: number, most: number): readonly Change[] {
    if (index >= this.#index) return [];
    const missed = [...this.#values.values()].filter((change) => change.index > index);
    return missed.toSorted((a, b) => a.index - b.index).slice(0, most);
  }

  /** Takes changes that another member has made. */
  adopt(changes: readonly Change[]): void {
    for (const change of changes) {
      const own = this.#values.get(change.key);
      if (own && own.index > change.index) continue;
      this.#values.set(change.key, change);
      this.#index = Math.max(this.#index, change.index);
    }
    if (changes.length > 0) this.#onChange();
  }

  /** All of it, for a file. */
  toJSON(): readonly Change[] {
    return [...this.#values.values()];
  }
}
