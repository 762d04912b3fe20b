/** Settings of a subject from all sources, each value with its source. */

/** A value and, for messages, its source. */
export interface Sourced<T = unknown> {
  readonly value: T;
  /** For instance the name of a variable, or of a line in a file. */
  readonly origin: string;
}

/** Settings of one subject. */
export interface SubjectSettings {
  /** By the names that `configKeys` gives to the fields of the subject's configuration. */
  readonly endpoints: ReadonlyMap<string, Sourced>;
  /** Milliseconds by invariant. */
  readonly graceMs: ReadonlyMap<string, Sourced<number>>;
  /** By `invariant.name`. */
  readonly thresholds: ReadonlyMap<string, Sourced<number>>;
  /** Components that may come and go, by id or as `kind/*`. @default none */
  readonly ephemeral?: Sourced<readonly string[]>;
}
