/** Redis time as a node knows it: its own monotonic clock, and how far the clock of each primary is ahead of that. */

/** When a call was sent and when its answer was read, in milliseconds of the node's monotonic clock. */
export interface RoundTrip {
  readonly sentMs: number;
  readonly receivedMs: number;
}

/** Time by the answers of Redis; before the first one, by the wall. */
export class RedisTime {
  readonly #offsetsUs = new WeakMap<object, number>();
  #latestUs: number | undefined;

  /**
   * Microseconds from the node's monotonic clock to that of the primary, or of the one that answered last; `undefined`
   * before the first answer of any.
   */
  offsetUs(primary?: object): number | undefined {
    return (primary && this.#offsetsUs.get(primary)) ?? this.#latestUs;
  }

  /**
   * Notes the time that a primary gave. It read its clock after the call was sent and before the answer was read, so the
   * answer corrects only what it shows to be wrong: one that came or was read late moves nothing.
   */
  note(primary: object, redisUs: number, { sentMs, receivedMs }: RoundTrip): void {
    const leastUs = redisUs - receivedMs * 1000;
    const mostUs = redisUs - sentMs * 1000;
    const known = this.offsetUs(primary) ?? (leastUs + mostUs) / 2;
    this.#latestUs = Math.min(Math.max(known, leastUs), mostUs);
    this.#offsetsUs.set(primary, this.#latestUs);
  }

  /** Microseconds of the time of that primary, or of the one that answered last; of the wall's time before any answer. */
  nowUs(primary?: object): number {
    return Math.floor(monotonicUs() + (this.offsetUs(primary) ?? performance.timeOrigin * 1000));
  }
}

/** Microseconds of the node's monotonic clock. */
export function monotonicUs(): number {
  return performance.now() * 1000;
}
