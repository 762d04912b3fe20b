/** Time as a value that can be handed in, so that graces and schedules are testable without waiting. */

/** Source of time. */
export interface Clock {
  /** Epoch milliseconds by the wall; may step. */
  now(): number;
  /** Milliseconds since an arbitrary origin; never steps back. */
  monotonic(): number;
  /**
   * Resolves after `ms` milliseconds.
   * @throws {DOMException} The signal's reason, if it aborts first.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
