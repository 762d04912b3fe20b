/** When an answer is late: only a process that ran meanwhile can tell. */

/** Milliseconds by which a timer comes late in a process that was stalled itself. */
const STALLED_MS = 50;

/**
 * Calls back after so many milliseconds, unless it is cancelled before. A process that was stopped or starved for that
 * long cannot know who was silent, and waits once more.
 * @returns what cancels it.
 */
export function lateAfter(ms: number, call: () => void): () => void {
  const dueMs = performance.now() + ms;
  let timer = setTimeout(() => {
    if (performance.now() - dueMs < STALLED_MS) call();
    else timer = setTimeout(call, ms).unref();
  }, ms).unref();
  return () => clearTimeout(timer);
}
