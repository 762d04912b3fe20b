/** Numbers over time, in the one form that a recorder of our own and a Prometheus both answer in. */

/** One value at one time. */
export interface Point {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly value: number;
}

/**
 * What a label must be, must not be, or which pattern the whole of it must fit: a regular expression that RE2 and JavaScript
 * read alike. A label that a series does not have is the empty text.
 */
export type LabelMatch = string | { readonly not: string } | { readonly pattern: string };

/** Which series are meant. */
export interface SeriesSelection {
  readonly metric: string;
  /** By name; names beyond letters, digits and `_` need Prometheus 3. */
  readonly labels?: Readonly<Record<string, LabelMatch>>;
}

/** Asks for the points of each series as they were recorded. */
export interface PointsQuestion extends SeriesSelection {
  /** Milliseconds back from `endMs`; points outside are not returned. */
  readonly windowMs: number;
  /** Epoch milliseconds. @default now */
  readonly endMs?: number;
}

/** The moments at which values are computed: `startMs`, and every `stepMs` after it up to `endMs`. */
export interface SeriesRange {
  /** Epoch milliseconds. */
  readonly startMs: number;
  /** Epoch milliseconds. */
  readonly endMs: number;
  readonly stepMs: number;
}

/**
 * What each series comes to at one moment:
 * - `last`: its newest value;
 * - `rate`: what a counter rises by per second, as PromQL's `rate()` has it;
 * - `quantile`: the value that this share (above 0, up to 1) of a histogram's observations does not exceed, as PromQL's
 *   `histogram_quantile()` over the rates of its buckets has it. The metric is named without `_bucket`.
 */
export type Aggregation = "last" | "rate" | { readonly quantile: number };

/** Asks for one value per series, or per group of series, at each moment of a range. */
export interface AggregateQuestion extends SeriesSelection {
  readonly aggregation: Aggregation;
  /**
   * Milliseconds before each moment from which its value is computed: samples after `moment - overMs`, up to the moment.
   * (Prometheus 2 also takes one at exactly `moment - overMs`.) For rates and quantiles at least two scrapes, better four.
   */
  readonly overMs: number;
  /** Adds up the series that have these labels in common, for a quantile bucket by bucket; none for one sum of all. @default each series by itself */
  readonly sumBy?: readonly string[];
  /** Counts the series of each group instead of adding them up; needs `sumBy`. @default {false} */
  readonly isCount?: boolean;
  readonly range: SeriesRange;
}

/** What can be asked of whatever keeps the past. */
export type SeriesQuestion = PointsQuestion | AggregateQuestion;

/** The points of one series, or of one group of series, oldest first. Values that are not a number are left out. */
export interface SeriesWindow {
  readonly metric: string;
  /**
   * A Prometheus adds `job` to what a recorder answers, and Prometheus 3 writes whole bounds of buckets as `1.0`; where
   * labels are summed by, both answer the same.
   */
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly Point[];
}

/**
 * Answers a question from whatever keeps the past; empty where nothing is known.
 * @throws {ProbeError} If the keeper of the past does not answer, or the answer would be too large.
 * @throws {InvalidInputError} If the question contradicts itself.
 */
export type SeriesSource = (question: SeriesQuestion, signal: AbortSignal) => Promise<readonly SeriesWindow[]>;
