/** What is started, rolled out or let go takes a moment: a condition is given the time to come true. */

/** Milliseconds that a fault or its cure may take to show. */
const WITHIN_MS = 10_000;
const EVERY_MS = 50;

/** Whether a condition comes true in time. */
export async function eventually(condition: () => Promise<boolean>, signal?: AbortSignal): Promise<boolean> {
  const untilMs = performance.now() + WITHIN_MS;
  while (!(await condition())) {
    if (performance.now() > untilMs || signal?.aborted) return false;
    await Bun.sleep(EVERY_MS);
  }
  return true;
}
