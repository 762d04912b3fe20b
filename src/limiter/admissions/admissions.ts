/** How many units a node admitted, per key and fine time bucket: lets an observer prove over-admission without trusting a counter. */

import type { Algorithm } from "../../../lua/algorithms.ts";

/** The requested part of the log. */
export interface AdmissionQuestion {
  /** Keys requested regardless of their weight. */
  readonly keys: readonly string[];
  /** Maximum of keys besides the named ones: the heaviest, and some that took most of their own limit. */
  readonly limit: number;
}

/** Admissions of one key that were decided by the same limit, window and reset epoch. */
export interface AdmissionSeries {
  readonly key: string;
  readonly algorithm: Algorithm;
  readonly limit: number;
  /** Milliseconds. */
  readonly windowMs: number;
  /** Redis time in microseconds of the last reset or step back of its clock; 0 if there was none. */
  readonly epochUs: number;
  /** Width of one bucket, the same on every node for the same window. */
  readonly bucketUs: number;
  /** Bucket number (Redis time ÷ width, rounded down) and units admitted in it, oldest first. */
  readonly buckets: readonly (readonly [bucket: number, units: number])[];
}

/** One answer of the log. */
export interface AdmissionPage {
  /** This node's idea of Redis time, in microseconds. */
  readonly redisTimeUs: number | undefined;
  readonly series: readonly AdmissionSeries[];
  /** Whether keys were left out, by the page or by the memory bound. */
  readonly truncated: boolean;
  /** Whether recent admissions of the named keys may be missing. */
  readonly forgotten: boolean;
}
