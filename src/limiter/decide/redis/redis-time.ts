/** Redis time as a node knows it: its own monotonic clock and how far Redis was ahead of that at the last answer. */

/** Time by the last answer of Redis; before the first one, by the wall. */
export class RedisTime {
  #offsetUs: number | undefined;

  /** Microseconds from the node's monotonic clock to Redis time; `undefined` before the first answer. */
  get offsetUs(): number | undefined {
    return this.#offsetUs;
  }

  /** Notes the time that Redis gave with an answer that has just come. */
  note(redisUs: number): void {
    this.#offsetUs = redisUs - monotonicUs();
  }

  /** Microseconds of Redis time, or of the wall's as long as Redis has never answered. */
  nowUs(): number {
    return Math.floor(monotonicUs() + (this.#offsetUs ?? performance.timeOrigin * 1000));
  }
}

/** Microseconds of the node's monotonic clock. */
export function monotonicUs(): number {
  return performance.now() * 1000;
}
