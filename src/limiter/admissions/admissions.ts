/** How many units a node admitted, per key and fine time bucket: what lets an observer prove over-admission instead of believing a counter. */

import type { Algorithm } from "../../../lua/algorithms.ts";

/** Which part of the log is wanted. */
export interface AdmissionQuestion {
  /** Keys wanted whatever their weight. */
  readonly keys: readonly string[];
  /** Keys at most besides those named: the heaviest, and some that took the most of their own limit. */
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
  /** Whether some of what the named keys were allowed lately may not be known any more. */
  readonly forgotten: boolean;
}
