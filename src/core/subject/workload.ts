/** Generated traffic as a value: what to send, what an answer means, and the checker of all the answers together. */

import type { Scalar } from "../words/ids.ts";
import type { Verdict } from "../words/verdict.ts";

/** A request as a subject's lab words it; the load generator adds what HTTP needs. */
export interface WorkloadRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path and query, from the slash on. */
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
}

/** One answer from the wire. */
export interface Answer {
  readonly status: number;
  /** One byte per character: exact for ASCII, which is all that a checker should look at. */
  readonly body: string;
  /** Value of a header field, by its name in lower case. */
  header(name: string): string | undefined;
}

/** One request and its answer, by the sender's monotonic clock: what the subject did, it did between the two times. */
export interface Exchange {
  /** Number of the key, from 0. */
  readonly key: number;
  /** Milliseconds, read before the request was written. */
  readonly sentMs: number;
  /** Milliseconds, read after the answer had arrived. */
  readonly receivedMs: number;
  readonly answer: Answer;
}

/** What one answer means. */
export interface Reading {
  /** Under which name it is counted. */
  readonly outcome: string;
  /** Whether the subject did its duty; everything else is a failure. */
  readonly correct: boolean;
  /** Whether the subject said that it answered with less than its full powers. */
  readonly degraded: boolean;
}

/** What the answers of a whole run come to. */
export interface WorkloadVerdict {
  readonly verdict: Verdict;
  readonly summary: string;
  readonly evidence: Readonly<Record<string, Scalar>>;
}

/** Traffic for one run; what its checker remembers makes it good for one run only. */
export interface Workload {
  /** Stable kebab-case name. */
  readonly id: string;
  /** Every correct outcome, in the order in which reports list them. */
  readonly outcomes: readonly string[];
  /** Milliseconds of the windows in which the subject counts, at whose ends bursts can aim; absent where it has none. */
  readonly periodMs?: number;
  /** The request that uses one key. */
  request(key: number): WorkloadRequest;
  /** What one answer means; the checker, where there is one, takes note of it. */
  read(exchange: Exchange): Reading;
  /** What all answers so far come to; absent where nothing is checked. */
  verdict?(): WorkloadVerdict;
}
