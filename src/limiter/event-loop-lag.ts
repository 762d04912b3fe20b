/** How late the event loop is: the cheapest sign of a node that is overloaded or was stopped. */

/** A running measurement. */
export interface EventLoopLag extends Disposable {
  /** Seconds too late since the start, all in all. */
  readonly seconds: number;
}

/** Measures by a timer and how late it comes. */
export function measureEventLoopLag(intervalMs = 100): EventLoopLag {
  let lagMs = 0;
  let dueMs = performance.now() + intervalMs;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    lagMs += Math.max(0, nowMs - dueMs);
    dueMs = nowMs + intervalMs;
  }, intervalMs);
  timer.unref();
  return {
    get seconds() {
      return lagMs / 1000;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
