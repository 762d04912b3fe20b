/** Numbers over time, in the one form that a recorder of our own and a Prometheus both answer in. */

/** One value at one time. */
export interface Point {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly value: number;
}

/** Which series are wanted: a metric, labels that must match exactly, and how far back. */
export interface SeriesQuestion {
  /** Metric name in Prometheus' grammar. */
  readonly metric: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Milliseconds back from `endMs`; points outside are not returned. */
  readonly windowMs: number;
  /** Epoch milliseconds. @default now */
  readonly endMs?: number;
}

/** The points of one series, oldest first. */
export interface SeriesWindow {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly Point[];
}

/**
 * Answers a question from whatever keeps the past; empty where nothing is known.
 * @throws {ProbeError} If the keeper of the past does not answer.
 */
export type SeriesSource = (question: SeriesQuestion, signal: AbortSignal) => Promise<readonly SeriesWindow[]>;
