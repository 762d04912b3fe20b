/**
 * Watches the event loop by the delay of a timer: the only measure of how long requests wait before a handler runs,
 * since Bun does not tell when a request arrived.
 */

/** One firing of the timer. */
export interface LoopTick {
  /** Milliseconds since the timer last fired. */
  readonly elapsedMs: number;
  /** Milliseconds in which the loop did not run; 0 where the timer was about on time. */
  readonly stallMs: number;
}

/** Figures of the event loop. All are totals since the start. */
export interface EventLoopWatch extends Disposable {
  /** Total delay of the timer in seconds, stalls only. */
  readonly lagSeconds: number;
  /** Seconds spent in stalls of {@linkcode LONG_STALL_MS} and more. */
  readonly stalledSeconds: number;
}

/** How the loop is watched. */
export interface EventLoopOptions {
  /** @default {10} */
  readonly periodMs?: number;
  readonly onTick?: (tick: LoopTick) => void;
}

/** Milliseconds from which a stall is a long one: longer than any synchronous work of a node. */
export const LONG_STALL_MS = 100;

/** Milliseconds by which timers of a healthy node are late. */
const USUAL_LATENESS_MS = 2;

/**
 * Milliseconds in which the loop did not run, estimated from a late timer. A stall begins anywhere within the period
 * before the timer was due, on average half of it.
 */
export function stallOf(latenessMs: number, periodMs: number): number {
  return latenessMs > Math.max(USUAL_LATENESS_MS, periodMs / 2) ? latenessMs + periodMs / 2 : 0;
}

/** Starts the timer; it does not keep the process alive. */
export function watchEventLoop({ periodMs = 10, onTick }: EventLoopOptions = {}): EventLoopWatch {
  let lagMs = 0;
  let stalledMs = 0;
  let beforeMs = performance.now();
  let timer = setTimeout(tick, periodMs).unref();
  function tick(): void {
    const nowMs = performance.now();
    const elapsedMs = nowMs - beforeMs;
    beforeMs = nowMs;
    const latenessMs = elapsedMs - periodMs;
    const stallMs = stallOf(latenessMs, periodMs);
    if (stallMs > 0) lagMs += latenessMs;
    if (stallMs >= LONG_STALL_MS) stalledMs += stallMs;
    onTick?.({ elapsedMs, stallMs });
    timer = setTimeout(tick, periodMs).unref();
  }
  return {
    get lagSeconds() {
      return lagMs / 1000;
    },
    get stalledSeconds() {
      return stalledMs / 1000;
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
