/** A stretch of time. */

/** From when to when, both included. */
export interface Span {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds. */
  readonly toMs: number;
}
