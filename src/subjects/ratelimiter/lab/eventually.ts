/** Waits for a condition: a start, rollout or release takes a moment. */

/** Milliseconds until a fault or its cure must be visible. */
const WITHIN_MS = 10_000;
const EVERY_MS = 50;

/** Whether a condition becomes true in time. */
export async function eventually(condition: () => Promise<boolean>, signal?: AbortSignal): Promise<boolean> {
  const untilMs = performance.now() + WITHIN_MS;
  while (!(await condition())) {
    if (performance.now() > untilMs || signal?.aborted) return false;
    await Bun.sleep(EVERY_MS);
  }
  return true;
}
