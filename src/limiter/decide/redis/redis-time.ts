/** Redis time as a node knows it: its own monotonic clock, and how far the clock of each primary is ahead of that. */

/** When a call was sent and when its answer was read, in milliseconds of the node's monotonic clock. */
export interface RoundTrip {
  readonly sentMs: number;
  readonly receivedMs: number;
}

/** A step back of a primary's clock, in its microseconds. */
interface StepBack {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Smallest relevant step back in microseconds: a counter is kept that long after its last unit has expired. */
const STEP_US = 900_000;

/** Time by the answers of Redis; before the first answer, by the wall clock. */
export class RedisTime {
  readonly #offsetsUs = new WeakMap<object, number>();
  #latestUs: number | undefined;
  readonly #steps = new WeakMap<object, StepBack>();
  #hasStepped = false;

  /**
   * Offset in microseconds from the node's monotonic clock to the clock of the primary, or of the one that answered
   * last; `undefined` before any answer.
   */
  offsetUs(primary?: object): number | undefined {
    return (primary && this.#offsetsUs.get(primary)) ?? this.#latestUs;
  }

  /** Whether that primary has given its time. */
  isKnown(primary: object): boolean {
    return this.#offsetsUs.has(primary);
  }

  /**
   * Notes the time that a primary gave. It read its clock after the call was sent and before the answer was read, so
   * the answer corrects the offset only outside these bounds: a late answer changes nothing.
   */
  note(primary: object, redisUs: number, { sentMs, receivedMs }: RoundTrip): void {
    const leastUs = redisUs - receivedMs * 1000;
    const mostUs = redisUs - sentMs * 1000;
    const own = this.#offsetsUs.get(primary);
    if (own !== undefined && mostUs < own - STEP_US) this.#noteStep(primary, receivedMs * 1000 + own, redisUs);
    const known = own ?? this.#latestUs ?? (leastUs + mostUs) / 2;
    this.#latestUs = Math.min(Math.max(known, leastUs), mostUs);
    this.#offsetsUs.set(primary, this.#latestUs);
  }

  /**
   * The time to which the clock of a primary was set back, as long as a window that ends then may reach back to before:
   * Redis begins a new epoch only for counters that it still has. 0 otherwise.
   */
  stepEpochUs(primary: object | undefined, nowUs: number, windowUs: number): number {
    const step = this.#hasStepped && primary ? this.#steps.get(primary) : undefined;
    return step && nowUs <= step.fromUs + windowUs ? step.toUs : 0;
  }

  /** Microseconds of the time of that primary, or of the one that answered last; by the wall clock before any answer. */
  nowUs(primary?: object): number {
    return Math.floor(monotonicUs() + (this.offsetUs(primary) ?? performance.timeOrigin * 1000));
  }

  #noteStep(primary: object, fromUs: number, toUs: number): void {
    this.#hasStepped = true;
    this.#steps.set(primary, { fromUs: Math.max(fromUs, this.#steps.get(primary)?.fromUs ?? 0), toUs });
  }
}

/** Microseconds of the node's monotonic clock. */
export function monotonicUs(): number {
  return performance.now() * 1000;
}
